// What peers may ask each other: the limits fit each other.

import * as v from 'valibot';
import { expect, test } from 'vitest';
import { encodeSubmit, methods } from '../../../../bcdb/replica/methods.ts';
import { defaultPolicy, policySchema } from '../../../../core/policy.ts';

test('the largest record that any policy allows can be handed in', () => {
  const isAllowed = (recordBytes: number): boolean =>
    v.is(policySchema, { ...defaultPolicy, limits: { ...defaultPolicy.limits, recordBytes } });
  const sizes = [262_144, 524_288, 1_048_576].filter(isAllowed);
  const asked = sizes.map((size) => encodeSubmit([new Uint8Array(size)]).length);
  expect(asked.filter((length) => length > methods.submit.requestBytes)).toEqual([]);
  expect(sizes).toContain(defaultPolicy.limits.recordBytes);
});
