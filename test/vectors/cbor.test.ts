// RFC 8949, appendix A: what records may hold encodes as published; everything else is refused, with the RFC's own
// examples of longer, indefinite, tagged and floating encodings.

import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import { codeOf } from '../../core/errors.ts';

const published: readonly (readonly [unknown, string])[] = [
  [0, '00'],
  [1, '01'],
  [10, '0a'],
  [23, '17'],
  [24, '1818'],
  [25, '1819'],
  [100, '1864'],
  [1000, '1903e8'],
  [1_000_000, '1a000f4240'],
  [1_000_000_000_000, '1b000000e8d4a51000'],
  [-1, '20'],
  [-10, '29'],
  [-100, '3863'],
  [-1000, '3903e7'],
  [false, 'f4'],
  [true, 'f5'],
  [null, 'f6'],
  [new Uint8Array(0), '40'],
  [Uint8Array.of(1, 2, 3, 4), '4401020304'],
  ['', '60'],
  ['a', '6161'],
  ['IETF', '6449455446'],
  ['"\\', '62225c'],
  ['\u00fc', '62c3bc'],
  ['\u6c34', '63e6b0b4'],
  ['\u{10151}', '64f0908591'],
  [[], '80'],
  [[1, 2, 3], '83010203'],
  [[1, [2, 3], [4, 5]], '8301820203820405'],
  [Array.from({ length: 25 }, (_, index) => index + 1), '98190102030405060708090a0b0c0d0e0f101112131415161718181819'],
  [{}, 'a0'],
  [{ a: 1, b: [2, 3] }, 'a26161016162820203'],
  [['a', { b: 'c' }], '826161a161626163'],
  [{ a: 'A', b: 'B', c: 'C', d: 'D', e: 'E' }, 'a56161614161626142616361436164614461656145'],
];

const refused = [
  ['1bffffffffffffffff', 'integer over 64 signed bits'],
  ['c249010000000000000000', 'bignum'],
  ['3bffffffffffffffff', 'integer under 64 signed bits'],
  ['f90000', 'half float 0.0'],
  ['f93c00', 'half float 1.0'],
  ['fa47c35000', 'single float'],
  ['fb3ff199999999999a', 'double float'],
  ['f97c00', 'Infinity'],
  ['f97e00', 'NaN'],
  ['f7', 'undefined'],
  ['f0', 'simple(16)'],
  ['f8ff', 'simple(255)'],
  ['c074323031332d30332d32315432303a30343a30305a', 'tagged date'],
  ['c11a514b67b0', 'tagged time'],
  ['5f42010243030405ff', 'indefinite bytes'],
  ['7f657374726561646d696e67ff', 'indefinite text'],
  ['9fff', 'indefinite array'],
  ['bf61610161629f0203ffff', 'indefinite map'],
  ['1800', '0 in two bytes'],
  ['190017', '23 in three bytes'],
  ['1a00000064', '100 in five bytes'],
  ['1b00000000000003e8', '1000 in nine bytes'],
  ['3800', '-1 in two bytes'],
  ['5801ff', 'length of bytes in two'],
  ['780161', 'length of text in two bytes'],
  ['9801f6', 'length of an array in two bytes'],
  ['a2616201616102', 'keys out of order'],
  ['a2626161016162f6', 'a longer key first'],
  ['a2616101616102', 'one key twice'],
  ['a10102', 'a key that is no text'],
  ['62c328', 'text that is no UTF-8'],
  ['0000', 'a byte too many'],
  ['', 'nothing'],
  ['18', 'cut short'],
  ['8201', 'an array cut short'],
  ['9b7fffffffffffffff', 'an array of 2^63 items'],
  ['5b7fffffffffffffff', '2^63 bytes'],
] as const;

test('what records may hold encodes as published, and back', () => {
  for (const [value, hex] of published) {
    expect(toHex(encode(value))).toBe(hex);
    expect(decode(fromHex(hex))).toEqual(value);
  }
});

test('everything that would not be encoded that way is refused with a code', () => {
  for (const [hex, what] of refused) {
    let code: string | undefined;
    try {
      decode(fromHex(hex));
    } catch (error) {
      code = codeOf(error);
    }
    expect([what, code]).toEqual([what, expect.stringMatching(/^cbor\/(malformed|not-canonical)$/)]);
  }
});

test('map keys are ordered by their encoded bytes, so shorter ones first', () => {
  expect(toHex(encode({ bb: 1, a: 2, aaa: 3, b: 4 }))).toBe('a4616102616204626262016361616103');
});
