// Quorums count people, grow only towards being met, and refuse policies that nobody or everybody meets.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256, toHex } from '../../../core/bytes.ts';
import { codeOf } from '../../../core/errors.ts';
import { checkQuorum, maxQuorumDepth, type Quorum, quorumState, type Signer, signersOf } from '../../../core/quorum.ts';

const keyOf = (index: number): Uint8Array => sha256(Uint8Array.of(index));
const keys = Array.from({ length: 12 }, (_, index) => keyOf(index));
const hexes = keys.map(toHex);
const person = (index: number, weight = 1): Signer => ({ key: keyOf(index), weight });
const codeBy = (quorum: Quorum): string | undefined => {
  try {
    checkQuorum(quorum);
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
};

/** A policy in which each of twelve people stands at most once, in up to three levels of groups. */
const quorum: fc.Arbitrary<Quorum> = fc
  .tuple(
    fc.shuffledSubarray(hexes, { minLength: 1 }),
    fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.nat(3), fc.nat()), {
      minLength: 12,
      maxLength: 12,
    }),
  )
  .map(([people, dice]) => build(people, dice, 3));

function build(
  people: readonly string[],
  dice: readonly (readonly [number, boolean, number, number])[],
  depth: number,
): Quorum {
  const [, , , roll] = dice[people.length % dice.length] ?? [1, false, 0, 0];
  const cut = depth > 0 && people.length > 2 ? 1 + (roll % (people.length - 1)) : people.length;
  const signers: Signer[] = people.slice(0, cut).map((hex, index) => {
    const [weight, isRequired, odds] = dice[index % dice.length] ?? [1, false, 0, 0];
    const key = keys[hexes.indexOf(hex)] ?? keyOf(0);
    return isRequired && odds === 0 ? { key, weight, required: true } : { key, weight };
  });
  if (cut < people.length) signers.push({ group: build(people.slice(cut), dice, depth - 1), weight: 2 });
  const reachable = signers.reduce((sum, signer) => sum + signer.weight, 0);
  return { threshold: 1 + (roll % reachable), signers };
}

const subset = fc.subarray(hexes);

describe('a quorum', () => {
  test('that is well made is accepted, met by everybody, and by nobody not', () => {
    fc.assert(
      fc.property(quorum, (policy) => {
        expect(codeBy(policy)).toBe('ok');
        expect(quorumState(policy, new Set(hexes)).met).toBe(true);
        expect(quorumState(policy, new Set()).met).toBe(false);
      }),
    );
  });

  test('G1 counts people: it knows a set of them, and whoever is no signer adds nothing', () => {
    fc.assert(
      fc.property(quorum, subset, (policy, people) => {
        const listed = new Set(signersOf(policy).map(toHex));
        const signers = people.filter((hex) => listed.has(hex));
        expect(quorumState(policy, new Set(people))).toEqual(quorumState(policy, new Set(signers)));
        expect(quorumState(policy, new Set([...people, ...people]))).toEqual(quorumState(policy, new Set(people)));
      }),
    );
  });

  test('is monotone: one more signature never makes it less met', () => {
    fc.assert(
      fc.property(quorum, subset, fc.constantFrom(...hexes), (policy, people, more) => {
        const before = quorumState(policy, new Set(people));
        const after = quorumState(policy, new Set([...people, more]));
        expect(after.weight).toBeGreaterThanOrEqual(before.weight);
        expect(after.missing.length).toBeLessThanOrEqual(before.missing.length);
        expect(Number(after.met)).toBeGreaterThanOrEqual(Number(before.met));
      }),
    );
  });

  test('is not met while a required person is missing, whatever the weights', () => {
    const policy: Quorum = { threshold: 1, signers: [{ ...person(0), required: true }, person(1, 100)] };
    const state = quorumState(policy, new Set([hexes[1] ?? '']));
    expect(state).toMatchObject({ met: false, weight: 100, threshold: 1 });
    expect(state.missingRequired.map(toHex)).toEqual([hexes[0]]);
    expect(quorumState(policy, new Set([hexes[0] ?? ''])).met).toBe(true);
  });

  test('a group counts as one signer, and only when its own quorum is met', () => {
    const group: Quorum = { threshold: 2, signers: [person(1), person(2), person(3)] };
    const policy: Quorum = { threshold: 2, signers: [person(0), { group, weight: 1 }] };
    const met = (...people: number[]) => quorumState(policy, new Set(people.map((index) => hexes[index] ?? ''))).met;
    expect([met(0), met(0, 1), met(1, 2, 3), met(0, 1, 2), met(0, 1, 2, 3)]).toEqual([false, false, false, true, true]);
  });

  test('a required group must be met itself', () => {
    const group: Quorum = { threshold: 2, signers: [person(1), person(2)] };
    const policy: Quorum = { threshold: 1, signers: [person(0, 5), { group, weight: 1, required: true }] };
    const state = quorumState(policy, new Set([hexes[0] ?? '', hexes[1] ?? '']));
    expect(state.met).toBe(false);
    expect(state.missingRequired.map(toHex)).toEqual([hexes[2]]);
  });

  test('asks for each person once, however deep the required groups are', () => {
    const nested = (depth: number): Quorum =>
      depth === 1
        ? { threshold: 1, signers: [person(0)] }
        : { threshold: 1, signers: [{ group: nested(depth - 1), weight: 1, required: true }] };
    let asked = 0;
    const counting = new (class extends Set<string> {
      override has(hex: string): boolean {
        asked += 1;
        return super.has(hex);
      }
    })();
    expect(quorumState(nested(maxQuorumDepth), counting).missingRequired.map(toHex)).toEqual([hexes[0]]);
    expect(asked).toBe(1);
  });
});

describe('G4 is refused when it is made', () => {
  const deep = (depth: number): Quorum =>
    depth === 1
      ? { threshold: 1, signers: [person(0)] }
      : { threshold: 1, signers: [{ group: deep(depth - 1), weight: 1 }] };
  const cases: readonly (readonly [string, Quorum, string])[] = [
    ['threshold 0', { threshold: 0, signers: [person(0)] }, 'quorum/threshold-zero'],
    ['a threshold below 0', { threshold: -1, signers: [person(0)] }, 'quorum/threshold-zero'],
    ['half a threshold', { threshold: 0.5, signers: [person(0)] }, 'quorum/threshold-zero'],
    ['no signers', { threshold: 1, signers: [] }, 'quorum/empty'],
    ['a threshold over all weights', { threshold: 3, signers: [person(0), person(1)] }, 'quorum/unreachable'],
    ['one person twice', { threshold: 1, signers: [person(0), person(0)] }, 'quorum/duplicate-signer'],
    [
      'one person also in a group',
      { threshold: 1, signers: [person(0), { group: { threshold: 1, signers: [person(0)] }, weight: 1 }] },
      'quorum/duplicate-signer',
    ],
    ['weight 0', { threshold: 1, signers: [person(0, 0), person(1)] }, 'quorum/bad-weight'],
    ['a weight below 0', { threshold: 1, signers: [person(0, -1), person(1, 5)] }, 'quorum/bad-weight'],
    [
      'a group that nobody can meet',
      { threshold: 1, signers: [person(0), { group: { threshold: 2, signers: [person(1)] }, weight: 1 }] },
      'quorum/unreachable',
    ],
    ['groups without end', deep(maxQuorumDepth + 1), 'quorum/too-deep'],
    ['groups without end, a thousand levels', deep(1000), 'quorum/too-deep'],
  ];
  for (const [what, policy, code] of cases) {
    test(`${what}: ${code}`, () => {
      expect(codeBy(policy)).toBe(code);
    });
  }

  test('as deep as is allowed is fine', () => {
    expect(codeBy(deep(maxQuorumDepth))).toBe('ok');
  });
});
