// Addresses and shortcuts.
import { describe, expect, test } from 'vitest';
import { createShortcuts, type KeyPress } from '../../../renderer/frame/shortcuts.ts';
import { createRouter, hashOf, parseHash } from '../../../renderer/stores/router.ts';

describe('router', () => {
  test.each([
    ['', { screen: 'wallet', rest: [] }],
    ['#/capacity', { screen: 'capacity', rest: [] }],
    ['#/contracts/new/ab', { screen: 'contracts', rest: ['new', 'ab'] }],
    ['#/nowhere/x', { screen: 'wallet', rest: [] }],
    ['#/__proto__', { screen: 'wallet', rest: [] }],
    [`#/wallet/${'x'.repeat(999)}`, { screen: 'wallet', rest: ['x'.repeat(128)] }],
  ])('reads %s', (hash, route) => {
    expect(parseHash(hash)).toEqual(route);
  });

  test('follows the address bar both ways, and lets go', () => {
    const listeners = new Set<() => void>();
    const bar = {
      location: { hash: '#/farm' },
      addEventListener: (_name: 'hashchange', listener: () => void) => void listeners.add(listener),
      removeEventListener: (_name: 'hashchange', listener: () => void) => void listeners.delete(listener),
    };
    const router = createRouter(bar);
    expect(router.store.getState()).toEqual({ screen: 'farm', rest: [] });
    router.go('contracts', 'ab');
    expect([bar.location.hash, router.store.getState()]).toEqual([
      hashOf('contracts', 'ab'),
      { screen: 'contracts', rest: ['ab'] },
    ]);
    bar.location.hash = '#/grid';
    for (const listener of listeners) listener();
    expect(router.store.getState().screen).toBe('grid');
    router.stop();
    expect(listeners.size).toBe(0);
  });
});

describe('shortcuts', () => {
  const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    isTyping: false,
    ...more,
  });

  test('Ctrl K and Cmd K open the palette, also while typing', () => {
    const read = createShortcuts();
    expect(read(press('k', { ctrlKey: true, isTyping: true }), 0)).toEqual({ kind: 'palette' });
    expect(read(press('K', { metaKey: true }), 0)).toEqual({ kind: 'palette' });
  });

  test('g and a letter within a moment go somewhere', () => {
    const read = createShortcuts();
    expect([read(press('g'), 0), read(press('f'), 500)]).toEqual([null, { kind: 'go', key: 'f' }]);
    expect([read(press('g'), 1000), read(press('f'), 9000)]).toEqual([null, null]);
    expect([read(press('g'), 10_000), read(press('g'), 10_100)]).toEqual([null, { kind: 'go', key: 'g' }]);
  });

  test('typing in a field goes nowhere', () => {
    const read = createShortcuts();
    expect([read(press('g', { isTyping: true }), 0), read(press('f', { isTyping: true }), 10)]).toEqual([null, null]);
  });
});
