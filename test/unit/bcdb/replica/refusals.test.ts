// Which refusals of guardians are for good: one of several can lie.
import { expect, it } from 'vitest';
import { createRefusals, isPassing, refusalsNeeded } from '../../../../bcdb/replica/refusals.ts';

it('needs more guardians than may lie, and never one alone where there are others', () => {
  expect([1, 3, 4, 5, 7].map(refusalsNeeded)).toEqual([1, 2, 2, 2, 3]);
});

it('counts each guardian once, and forgets records that no longer wait', () => {
  const refusals = createRefusals();
  expect([refusals.add('r', 'a', 4), refusals.add('r', 'a', 4), refusals.add('r', 'b', 4)]).toEqual([
    false,
    false,
    true,
  ]);
  refusals.keep(new Set());
  expect(refusals.add('r', 'b', 4)).toBe(false);
  expect(createRefusals().add('r', 'a', 1)).toBe(true);
});

it('knows what may pass: gaps, rates, and everything that says nothing about the record', () => {
  const codes = ['record/gap', 'record/rate-limited', 'replica/closed', 'record/forked', 'cbor/malformed'] as const;
  expect(codes.map(isPassing)).toEqual([true, true, true, false, false]);
});
