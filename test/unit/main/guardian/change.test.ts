// From what is in force to what is proposed.

import { describe, expect, test } from 'vitest';
import { toHex } from '../../../../core/bytes.ts';
import { publicKeyOf } from '../../../../core/keys.ts';
import { defaultPolicy } from '../../../../core/policy.ts';
import { changedGuardians, changedPolicy } from '../../../../main/guardian/change.ts';

const keys = [1, 2, 3, 4, 5].map((fill) => publicKeyOf(new Uint8Array(32).fill(fill)));
const card = (place: number, change: { readonly name?: string; readonly route?: string } = {}) => ({
  guardian: keys[place] ?? new Uint8Array(32),
  net: new Uint8Array(32),
  seat: { name: `g${place}`, route: `host${place}:4222`, ...change },
});
const present = {
  policy: defaultPolicy,
  guardians: keys.slice(0, 4),
  seats: [0, 1, 2, 3].map((place) => card(place).seat),
};
const none = { add: [], remove: [], replace: [] };

describe('guardians', () => {
  test('come at the end, go by name or key, and are replaced in their place', () => {
    expect(changedGuardians(present, { ...none, add: [card(4)] }).guardians).toEqual(keys);
    expect(changedGuardians(present, { ...none, remove: ['g1'] }).guardians).toEqual([keys[0], keys[2], keys[3]]);
    const byKey = toHex(keys[2] ?? new Uint8Array()).slice(0, 8);
    expect(changedGuardians(present, { ...none, replace: [{ who: byKey, card: card(4) }] })).toEqual({
      guardians: [keys[0], keys[1], keys[4], keys[3]],
      seats: [0, 1, 4, 3].map((place) => card(place).seat),
    });
  });

  test('move when the card of one who is there comes again', () => {
    const moved = card(1, { route: 'elsewhere:1' });
    expect(changedGuardians(present, { ...none, add: [moved] })).toEqual({
      guardians: present.guardians,
      seats: present.seats.map((seat, place) => (place === 1 ? moved.seat : seat)),
    });
  });

  test('who cannot be told apart, or are not there, are refused', () => {
    expect(() => changedGuardians(present, { ...none, remove: ['nobody'] })).toThrow('no guardian is called nobody');
    const twice = { ...present, seats: present.seats.map(() => ({ name: 'same', route: 'a:1' })) };
    expect(() => changedGuardians(twice, { ...none, remove: ['same'] })).toThrow('two guardians');
  });

  test('of a grid of one machine get a seat with the first others', () => {
    const alone = { policy: defaultPolicy, guardians: keys.slice(0, 1), seats: [] };
    expect(changedGuardians(alone, none)).toEqual({ guardians: alone.guardians, seats: [] });
    expect(() => changedGuardians(alone, { ...none, add: [card(1), card(2)] })).toThrow('has no seat yet');
    expect(changedGuardians(alone, { ...none, add: [card(0), card(1), card(2)] }).seats).toHaveLength(3);
  });
});

describe('a policy', () => {
  test('gets its next version and the figures that were set, of their kind', () => {
    expect(changedPolicy(defaultPolicy, ['limits.recordsPerBlock=500', 'rewards.tftMicroUsd=90000'])).toEqual({
      ...defaultPolicy,
      version: 2,
      limits: { ...defaultPolicy.limits, recordsPerBlock: 500 },
      rewards: { ...defaultPolicy.rewards, tftMicroUsd: 90_000n },
    });
  });

  test.each(['limits=1', 'limits.nothing=1', 'version=7', 'uptimeGraceMs=x', 'uptimeGraceMs=0', '__proto__.x=1', '=1'])(
    'does not take %s',
    (setting) => {
      expect(() => changedPolicy(defaultPolicy, [setting])).toThrow(RangeError);
    },
  );
});
