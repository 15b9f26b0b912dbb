// The encoding as a property: one value, one encoding; whatever decodes is exactly what would be encoded.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../../../core/bytes.ts';
import { decode, encode } from '../../../core/cbor.ts';
import { codeOf } from '../../../core/errors.ts';

const codeBy = (action: () => unknown): string | undefined => {
  try {
    action();
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
};

const key = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text !== '__proto__');
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.dictionary(key, tie('value'), { maxKeys: 30, noNullPrototype: true }),
  ),
}));

test('every value comes back as it was', () => {
  fc.assert(
    fc.property(value, (each) => {
      expect(decode(encode(each))).toEqual(each);
    }),
  );
});

test('the order in which a map was made does not matter', () => {
  fc.assert(
    fc.property(fc.dictionary(key, fc.integer(), { noNullPrototype: true }), (map) => {
      const turned = Object.fromEntries(Object.entries(map).toReversed());
      expect(toHex(encode(turned))).toBe(toHex(encode(map)));
    }),
  );
});

test('bytes either are what their value encodes to, or are refused with a code', () => {
  const verdict = (bytes: Uint8Array): void => {
    const code = codeBy(() => expect(toHex(encode(decode(bytes)))).toBe(toHex(bytes)));
    expect(['ok', 'cbor/malformed', 'cbor/not-canonical']).toContain(code);
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), verdict), { numRuns: 1000 });
  const mutated = fc.tuple(value, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([each, at, by]) => {
    const bytes = encode(each);
    bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ by;
    return bytes;
  });
  fc.assert(fc.property(mutated, verdict), { numRuns: 1000 });
});

test('what has no encoding is refused, not rounded or dropped', () => {
  for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2n ** 63n, -(2n ** 63n) - 1n, undefined]) {
    expect([bad, codeBy(() => encode(bad))]).toEqual([bad, 'cbor/malformed']);
    expect(codeBy(() => encode({ deep: [bad] }))).toBe('cbor/malformed');
  }
  expect(codeBy(() => encode({ f: () => 1 }))).toBe('cbor/malformed');
  expect(codeBy(() => encode(Symbol('s')))).toBe('cbor/malformed');
});

test('an entry that is undefined is an entry that is not there', () => {
  expect(toHex(encode({ a: 1, b: undefined }))).toBe(toHex(encode({ a: 1 })));
});

const arrays = (levels: number): Uint8Array => Uint8Array.from([...new Uint8Array(levels - 1).fill(0x81), 0x80]);
const maps = (levels: number): Uint8Array =>
  Uint8Array.from([...Array.from({ length: levels - 1 }, () => [0xa1, 0x61, 0x61]).flat(), 0xa0]);

test('how deep a value may be does not depend on the stack that is left: 32 levels are read, 33 refused', () => {
  for (const nested of [arrays, maps]) {
    expect([32, 33, 3000, 100_000].map((levels) => codeBy(() => decode(nested(levels))))).toEqual([
      'ok',
      'cbor/malformed',
      'cbor/malformed',
      'cbor/malformed',
    ]);
  }
  expect(codeBy(() => decode(new Uint8Array(200_000).fill(0x81)))).toBe('cbor/malformed');
});

test('bytes come back as plain bytes, whatever they were read from', () => {
  const read = decode(Buffer.from(encode({ key: Uint8Array.of(1, 2) }))) as { readonly key: Uint8Array };
  expect(read.key.constructor).toBe(Uint8Array);
});

test('many values beside each other are not deep', () => {
  const wide = Array.from({ length: 1000 }, (_, index) => [{ index }, [], {}]);
  expect(decode(encode(wide))).toEqual(wide);
});

test('a map key named __proto__ poisons nothing', () => {
  const bytes = encode(JSON.parse('{"__proto__": {"polluted": 1}}'));
  codeBy(() => decode(bytes));
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});
