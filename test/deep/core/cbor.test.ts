// The encoding as a property: one value, one encoding; whatever decodes is exactly what would be encoded.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../../core/bytes.ts';
import { decode, encode } from '../../../core/cbor.ts';
import { codeOf } from '../../../core/errors.ts';
import { referenceDecode, referenceEncode } from './cbor-reference.ts';

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

const outcomeOf = (bytes: Uint8Array) => {
  try {
    return { value: decode(bytes) };
  } catch (error) {
    return { code: codeOf(error) };
  }
};

describe('beside an independent implementation', () => {
  test('a value is encoded to the same bytes', () => {
    fc.assert(
      fc.property(value, (each) => {
        expect(toHex(encode(each))).toBe(toHex(referenceEncode(each)));
      }),
      { numRuns: 1000 },
    );
  });

  const compare = (bytes: Uint8Array): void => {
    expect(outcomeOf(bytes)).toEqual(referenceDecode(bytes));
  };

  test('any bytes are read as the same value or refused with the same code', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), compare), { numRuns: 5000 });
  });

  test('so are good bytes with a byte changed, dropped or doubled', () => {
    const spoiled = fc
      .tuple(value, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(2))
      .map(([each, at, by, how]) => {
        const bytes = [...encode(each)];
        const place = at % bytes.length;
        if (how === 0) bytes[place] = by;
        else if (how === 1) bytes.splice(place, 1);
        else bytes.splice(place, 0, bytes[place] ?? 0);
        return Uint8Array.from(bytes);
      });
    fc.assert(fc.property(spoiled, compare), { numRuns: 10_000 });
  });

  test('so are the edges of every integer width, keys out of order, keys that come twice, text that is no UTF-8', () => {
    const edges = [0n, 23n, 24n, 255n, 256n, 65_535n, 65_536n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 2n];
    const wide = [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n];
    for (const size of [...edges, ...wide]) {
      for (const each of [size, -size, -1n - size]) {
        expect([each, toHex(encode(each))]).toEqual([each, toHex(referenceEncode(each))]);
        compare(encode(each));
      }
    }
    const bad = [
      'a2616200616100',
      'a2616100616100',
      'a3616200616100616200',
      'a26161006080',
      'a2626161006162 00',
      '61ff',
    ];
    const worse = ['63efbbbf', '63eda080', '1800', '190017', '1a0000ffff', '1b00000000ffffffff', '1bffffffffffffffff'];
    const others = [
      '3bffffffffffffffff',
      '5f',
      '9f',
      'bf',
      'ff',
      'f7',
      'f8ff',
      'f0',
      'c100',
      'a10000',
      '',
      '0000',
      '9bffffffffffffffff',
    ];
    for (const hex of [...bad, ...worse, ...others])
      compare(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')));
  });

  test('a float is malformed, also one that is an integer', () => {
    for (const hex of ['f93c00', 'fa3f800000', 'fb3ff0000000000000', 'f97e00', 'f97c00', 'f98000', 'f93800']) {
      expect([hex, codeBy(() => decode(Uint8Array.from(Buffer.from(hex, 'hex'))))]).toEqual([hex, 'cbor/malformed']);
    }
  });
});

test('what is read shares no memory with the bytes it was read from', () => {
  const bytes = encode({ key: Uint8Array.of(1, 2, 3) });
  const read = decode(bytes) as { readonly key: Uint8Array };
  bytes.fill(0);
  expect(read.key).toEqual(Uint8Array.of(1, 2, 3));
});

test('what is no plain data has no encoding; a value that holds itself neither', () => {
  const endless: unknown[] = [];
  endless.push(endless);
  for (const each of [new Date(0), new Map(), new Set(), new Uint16Array(2), new ArrayBuffer(2), /x/, endless]) {
    expect(codeBy(() => encode(each))).toBe('cbor/malformed');
  }
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
