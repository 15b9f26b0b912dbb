// Live answers: steps make the same answer as asking anew, at the listener's pace, never more than allowed; a missing step is noticed.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDelta, type Delta, deltaOf, held } from '../../../../bcdb/live.ts';
import type { Told } from '../../../../bcdb/replica-api.ts';
import { mostWatches } from '../../../../bcdb/store/live-queries.ts';
import type { FromStore } from '../../../../bcdb/store/protocol.ts';
import { createSubscriptions } from '../../../../bcdb/store/subscriptions.ts';
import { addressOf } from '../../../../core/keys.ts';
import { Author, foundGrid } from '../../../support/bcdb-grid.ts';
import { codeFrom, openGuardianStore } from '../../../support/bcdb-store.ts';

const item = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e'), n: fc.bigInt({ min: 0n, max: 3n }) });
const items = fc.uniqueArray(item, { selector: ({ id }) => id });
const page = fc.record({ items, count: fc.nat(3), next: fc.constantFrom(null, 'x') });

describe('the step from one answer to the next', () => {
  it('leads to the next answer, whatever came, went, changed or moved', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(items, items), fc.tuple(page, page), fc.tuple(item, item)), ([before, after]) => {
        const step = deltaOf(held(before), after);
        expect(step === undefined ? before : applyDelta(before, step.delta)).toEqual(after);
        expect(deltaOf(step?.held ?? held(before), after)).toBeUndefined();
      }),
    );
  });

  it('carries only the items that are new or other than before', () => {
    const before = {
      items: [
        { id: 'a', n: 1 },
        { id: 'b', n: 1 },
        { id: 'c', n: 1 },
      ],
      count: 3,
    };
    const after = {
      items: [
        { id: 'd', n: 1 },
        { id: 'a', n: 1 },
        { id: 'b', n: 2 },
      ],
      count: 4,
    };
    expect(deltaOf(held(before), after)?.delta).toEqual({
      kind: 'list',
      added: [{ id: 'd', n: 1 }],
      changed: [{ id: 'b', n: 2 }],
      removed: ['c'],
      order: ['d', 'a', 'b'],
      rest: { count: 4 },
    });
  });
});

function paying() {
  const [alice, bob, eve] = [new Author('alice'), new Author('bob'), new Author('eve')];
  const founding = foundGrid([[alice, 1000n]]);
  const steps: { watch: number; seq: number; delta: Delta }[] = [];
  const defects: unknown[] = [];
  const { store } = openGuardianStore(founding, {
    events: {
      head: () => undefined,
      outbox: () => undefined,
      alarm: () => undefined,
      defect: (error) => defects.push(error),
      delta: (watch, seq, delta) => steps.push({ watch, seq, delta }),
    },
  });
  const pay = (to: Author): void => {
    store.admit([alice.transfer(founding.grid, to.key, 1n)]);
    store.cut();
  };
  return { store, steps, defects, pay, alice, bob, eve };
}

describe('a watched query', () => {
  it('tells of blocks that touch it, one step at a time, and what came meanwhile in the next', () => {
    const { store, steps, pay, bob, eve } = paying();
    const input = { address: addressOf(bob.key), limit: 5 };
    const first = store.live.watch(7, 'ledger', input);
    expect(first.items).toEqual([]);
    pay(bob);
    expect(steps).toEqual([]); // the answer itself is not heard yet
    store.live.heard(7);
    pay(bob);
    pay(bob);
    expect(steps.map(({ watch, seq }) => [watch, seq])).toEqual([[7, 1]]);
    store.live.heard(7);
    expect(steps.map(({ seq }) => seq)).toEqual([1, 2]);
    store.live.heard(7);
    pay(eve);
    expect(steps).toHaveLength(2);
    const answer = steps.reduce<unknown>((before, { delta }) => applyDelta(before, delta), first);
    expect(answer).toEqual(store.query('ledger', input));
    store.live.unwatch(7);
    pay(bob);
    expect(steps).toHaveLength(2);
  });

  it('is one of a bounded number', () => {
    const { store } = paying();
    for (let watch = 0; watch < mostWatches; watch++) store.live.watch(watch, 'head', null);
    expect(codeFrom(() => store.live.watch(mostWatches, 'head', null))).toBe('query/too-many');
    store.live.unwatch(3);
    expect(store.live.watch(mostWatches, 'head', null).height).toBe(0);
  });

  it('refuses what its query refuses', () => {
    const { store } = paying();
    const asked = { filter: {}, sort: 'id', descending: false, limit: 1, after: 'AAAA' } as const;
    expect(codeFrom(() => store.live.watch(1, 'nodes', asked))).toBe('query/bad-cursor');
  });
});

describe('a subscription', () => {
  type Step = Extract<FromStore, { readonly type: 'delta' }>;
  const whole = (answer: unknown): Delta => ({ kind: 'whole', answer });

  function fake() {
    const calls: string[] = [];
    const defects: unknown[] = [];
    const call = async (name: string): Promise<never> => {
      calls.push(name);
      return (name === 'watch' ? `answer ${calls.filter((each) => each === 'watch').length}` : undefined) as never;
    };
    const subscriptions = createSubscriptions(call as Parameters<typeof createSubscriptions>[0], (error) =>
      defects.push(error),
    );
    const step = (seq: number, answer: unknown): Step => ({ type: 'delta', watch: 1, seq, delta: whole(answer) });
    return { calls, defects, subscriptions, step };
  }
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('hears the answer, then each step, and says when it has', async () => {
    const { calls, subscriptions, step } = fake();
    const told: Told<unknown>[] = [];
    const stop = await subscriptions.subscribe('head', null, (each) => void told.push(each));
    await settle();
    subscriptions.hear(step(1, 'next'));
    await settle();
    expect(told.map(({ seq, answer }) => [seq, answer])).toEqual([
      [0, 'answer 1'],
      [1, 'next'],
    ]);
    expect(calls).toEqual(['watch', 'heard', 'heard']);
    stop();
    subscriptions.hear(step(2, 'late'));
    await settle();
    expect(told).toHaveLength(2);
    expect(calls.at(-1)).toBe('unwatch');
  });

  it('asks for the whole answer again when a step is missing', async () => {
    const { calls, subscriptions, step } = fake();
    const told: Told<unknown>[] = [];
    await subscriptions.subscribe('head', null, (each) => void told.push(each));
    subscriptions.hear(step(2, 'too far'));
    await settle();
    expect(told.map(({ seq, answer }) => [seq, answer])).toEqual([
      [0, 'answer 1'],
      [0, 'answer 2'],
    ]);
    expect(calls).toContain('unwatch');
  });

  it('goes on when its listener throws, and tells', async () => {
    const { calls, defects, subscriptions } = fake();
    await subscriptions.subscribe('head', null, () => {
      throw new Error('broken');
    });
    await settle();
    expect(defects).toHaveLength(1);
    expect(calls).toEqual(['watch', 'heard']);
  });
});
