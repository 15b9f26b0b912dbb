// Which guardians are here: those that answer, and among several those that signed a block just now.
import { expect, it } from 'vitest';
import { createAcquaintances } from '../../../../bcdb/replica/acquaintances.ts';
import { createPresence, type PresenceOptions } from '../../../../bcdb/replica/presence.ts';
import type { HeadView, ReplicaView } from '../../../../core/views.ts';

const hex = (byte: number): string => byte.toString(16).padStart(2, '0').repeat(32);
const keyOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

/** Guardian n has the key n and the net key n + 100; we are `self`. */
function scene(count: number, self: number) {
  const acquaintances = createAcquaintances({ feeds: [], peers: [] });
  acquaintances.rule(Array.from({ length: count }, (_, index) => ({ key: hex(index + 1), name: `g${index + 1}` })));
  const clock = { nowMs: 1000 };
  const connected: number[] = [];
  const facts: { head: Partial<HeadView> | null; guardians: ReplicaView['guardians'] } = { head: null, guardians: [] };
  const presence = createPresence({
    store: {} as PresenceOptions['store'],
    standing: {
      facts: () => facts,
      note: (changed: Pick<typeof facts, 'guardians'>) => void Object.assign(facts, changed),
    } as unknown as PresenceOptions['standing'],
    acquaintances,
    peers: () => connected.map((byte) => ({ key: keyOf(byte), since: 0, direction: 'out', rttMs: 1 })),
    self: hex(self),
    nowMs: () => clock.nowMs,
  });
  const meet = (byte: number): void => {
    connected.push(byte + 100);
    acquaintances.met(keyOf(byte + 100), { feed: null, guardian: hex(byte) }, clock.nowMs);
  };
  const here = () => {
    presence.showGuardians();
    return facts.guardians.flatMap(({ name, isHere }) => (isHere ? [name] : []));
  };
  const head = (signers: readonly number[], ageMs: number): void => {
    facts.head = { timeMs: Date.now() - ageMs, signers: signers.map(hex) };
  };
  return { clock, connected, meet, here, head };
}

it('counts those that answered lately, as long as they are connected', () => {
  const { clock, connected, meet, here } = scene(4, 1);
  expect(here()).toEqual(['g1']);
  meet(2);
  meet(3);
  expect(here()).toEqual(['g1', 'g2', 'g3']);
  connected.pop();
  expect(here()).toEqual(['g1', 'g2']);
  clock.nowMs += 21_000;
  expect(here()).toEqual(['g1']);
});

it('counts those that signed a block just now, connected or not', () => {
  const { meet, here, head } = scene(4, 9);
  meet(1);
  head([2, 3, 4], 1000);
  expect(here()).toEqual(['g1', 'g2', 'g3', 'g4']);
  head([2, 3, 4], 21_000);
  expect(here()).toEqual(['g1']);
  head([3], -3_600_000);
  expect(here()).toEqual(['g1']);
});

it('does not count the only guardian of a grid by what it signed: nobody else could be asked', () => {
  const { here, head, meet } = scene(1, 9);
  head([1], 0);
  expect(here()).toEqual([]);
  meet(1);
  expect(here()).toEqual(['g1']);
});
