// The independent verifier's parts held against core's and libsodium's on the same inputs, and that it is independent.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifySodium } from '../../../bcdb/verify.ts';
import { encodeHeader } from '../../../core/block.ts';
import { fromHex, toHex, zero32 } from '../../../core/bytes.ts';
import { decode, encode } from '../../../core/cbor.ts';
import { addressOf } from '../../../core/keys.ts';
import { verifyReceipt } from '../../../core/receipt.ts';
import { sealRecord } from '../../../core/record.ts';
import { proofGrid } from '../../../scripts/vectors/proof-grid.ts';
import { readCbor } from '../../../scripts/verifier/cbor.mjs';
import * as independent from '../../../scripts/verifier/proofs.mjs';
import { readHeader, readRecord } from '../../../scripts/verifier/shapes.mjs';
import { isSigned } from '../../../scripts/verifier/signatures.mjs';
import * as words from '../../../scripts/verifier/words.mjs';
import { person, signBy } from '../../support/fast-keys.ts';

type EdgeCase = { readonly message: string; readonly key: string; readonly signature: string };
const edgeFile = join(import.meta.dirname, '../../vectors/ed25519-edges.json');
const edgeSignatures = (JSON.parse(readFileSync(edgeFile, 'utf8')) as { readonly cases: readonly EdgeCase[] }).cases;

/** Both sides in one spelling: maps as lists of entries, bytes as hex. */
const plainOf = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return { bytes: toHex(value) };
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value === 'bigint') return { integer: value.toString() };
  const entries =
    value instanceof Map ? [...value] : typeof value === 'object' && value !== null ? Object.entries(value) : undefined;
  return entries === undefined ? value : { map: new Map(entries.map(([name, inner]) => [name, plainOf(inner)])) };
};

const outcomeOf = (read: () => unknown): unknown => {
  try {
    return plainOf(read());
  } catch {
    return 'refused';
  }
};

const expectSame = (bytes: Uint8Array): unknown => {
  const ours = outcomeOf(() => decode(bytes));
  expect([toHex(bytes), outcomeOf(() => readCbor(bytes))]).toEqual([toHex(bytes), ours]);
  return ours;
};

describe('canonical CBOR, read twice', () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc
        .bigInt({ min: -(2n ** 64n), max: 2n ** 64n })
        .map((value) => (value >= -(2n ** 63n) && value < 2n ** 63n ? value : 7n)),
      fc.integer(),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(true, false, null, '__proto__', '\ufeff', 'a\ufeff', '\u{10ffff}'),
      fc.array(tie('tree'), { maxLength: 5 }),
      fc.dictionary(
        fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('__proto__', 'constructor', '1', '10')),
        tie('tree'),
        {
          maxKeys: 5,
        },
      ),
    ),
  }));

  test('every value that is written is read alike', () => {
    fc.assert(
      fc.property(tree, (value) => expectSame(encode(value)) !== undefined),
      { numRuns: 500 },
    );
  });

  test('every byte sequence near a written one, and any other, is read or refused alike', () => {
    const change = fc.record({
      at: fc.nat(),
      by: fc.integer({ min: 0, max: 255 }),
      how: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(tree, fc.array(change, { minLength: 1, maxLength: 3 }), (value, changes) => {
        let bytes = encode(value);
        for (const { at, by, how } of changes) {
          const spot = at % (bytes.length + 1);
          const parts = [bytes.slice(0, spot), bytes.slice(spot + (how === 1 ? 0 : 1))];
          bytes = Uint8Array.from([...(parts[0] ?? []), ...(how === 2 ? [] : [by]), ...(parts[1] ?? [])]);
        }
        expectSame(bytes);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => expectSame(bytes) !== undefined),
      { numRuns: 3000 },
    );
  });

  test('at the edges: depth, integers, lengths, text, order of keys', () => {
    const nested = (depth: number): Uint8Array => Uint8Array.from([...Array<number>(depth - 1).fill(0x81), 0x80]);
    expect(expectSame(nested(32))).not.toBe('refused');
    expect(expectSame(nested(33))).toBe('refused');
    const refused = [
      '1bffffffffffffffff',
      '3bffffffffffffffff',
      '1b8000000000000000',
      '3b8000000000000000',
      '1800',
      '190017',
      '1a0000ffff',
      '1b00000000ffffffff',
      'f90000',
      'f7',
      'f8ff',
      'f0',
      'c074',
      '5f4101ff',
      '9fff',
      'bfff',
      '5801ff',
      '62c328',
      '63efbbbf',
      '63eda080',
      'a2616201616102',
      'a2626161016162f6',
      'a2616101616102',
      'a10102',
      '0000',
      '',
      '18',
      '8201',
      '9b7fffffffffffffff',
      '5b7fffffffffffffff',
      '7bffffffffffffffff',
      '1c',
      'fc',
      'ff',
      'a1617a',
    ];
    for (const hex of refused) expect([hex, expectSame(fromHex(hex))]).toEqual([hex, 'refused']);
    for (const hex of [
      '1b001fffffffffffff',
      '1b0020000000000000',
      '1b7fffffffffffffff',
      '3b7fffffffffffffff',
      '6461efbbbf',
    ]) {
      expect([hex, expectSame(fromHex(hex))]).not.toEqual([hex, 'refused']);
    }
  });
});

describe('records and headers, read twice', () => {
  const alice = person('alice');
  const good = { v: 1, grid: zero32, kind: 'transfer', author: alice.key, seq: 1, prev: zero32, body: {} };
  const header = {
    grid: zero32,
    epoch: 0,
    height: 1,
    prev: zero32,
    timeMs: 1,
    recordCount: 0,
    recordsRoot: zero32,
    historyRoot: zero32,
    execHash: zero32,
  };

  test('an odd envelope is taken or refused alike', () => {
    const grid = proofGrid({ guardians: ['solo'], length: 3 });
    const oddities: readonly [Record<string, unknown>, boolean][] = [
      [{}, true],
      [{ body: [] }, true],
      [{ body: new Uint8Array(2) }, true],
      [{ body: JSON.parse('{"__proto__":1}') }, true],
      [{ body: null }, false],
      [{ body: 1 }, false],
      [{ v: 2 }, false],
      [{ v: 0 }, false],
      [{ seq: 0 }, false],
      [{ seq: 2n ** 60n }, false],
      [{ kind: 'Transfer' }, false],
      [{ kind: `a${'b'.repeat(32)}` }, false],
      [{ kind: 'no-such-kind' }, true],
      [{ extra: 1 }, false],
      [JSON.parse('{"__proto__":1}'), false],
      [{ constructor: 1 }, false],
      [{ grid: new Uint8Array(31) }, false],
      [{ prev: undefined }, false],
    ];
    for (const [change, isTaken] of oddities) {
      const signed = encode({ ...good, ...Object.fromEntries(Object.entries(change)) });
      const record = sealRecord(signed, signBy(alice, signed));
      const what = Object.keys(change).join();
      expect([what, outcomeOf(() => readRecord(record)) !== 'refused']).toEqual([what, isTaken]);
      const parts = { say: '3bot/receipt', v: 2, ...grid.parts(1, 0), record };
      const bytes = encode(parts);
      const [ours, theirs] = [verifyReceipt, independent.verifyReceipt].map((verify, index) => {
        try {
          (index === 0 ? () => verifyReceipt(bytes, verifySodium) : () => independent.verifyReceipt(bytes))();
          return verify.name;
        } catch (error) {
          return (error as { code: string }).code;
        }
      });
      expect([what, theirs]).toEqual([what, ours]);
    }
  });

  test('an odd header is refused alike', () => {
    expect(outcomeOf(() => readHeader(encodeHeader(header)))).not.toBe('refused');
    expect(outcomeOf(() => readHeader(encodeHeader({ ...header, stateRoot: zero32, position: 4 })))).not.toBe(
      'refused',
    );
    const bytes = encodeHeader(header);
    for (const change of [
      { position: null },
      { stateRoot: new Uint8Array(3) },
      { more: 1 },
      { v: 2 },
      { timeMs: 2 ** 50 },
    ]) {
      expect(outcomeOf(() => readHeader(encode({ ...(decode(bytes) as object), ...change })))).toBe('refused');
    }
  });
});

describe('signatures, judged by OpenSSL with our checks and by libsodium', () => {
  test('on every published edge case both say the same', () => {
    expect(edgeSignatures.length).toBeGreaterThan(20);
    const outcomes = edgeSignatures.map(({ message, key, signature }) => {
      const [m, k, s] = [message, key, signature].map(fromHex) as [Uint8Array, Uint8Array, Uint8Array];
      return [isSigned(s, m, k), verifySodium(s, m, k)];
    });
    expect(outcomes.map(([ours]) => ours)).toEqual(outcomes.map(([, theirs]) => theirs));
    expect(outcomes.filter(([ours]) => ours === true).length).toBeGreaterThan(0);
    expect(outcomes.filter(([ours]) => ours === false).length).toBeGreaterThan(15);
  });

  test('on good signatures with any change both say the same', () => {
    const bob = person('bob');
    const bytes = fc.uint8Array({ minLength: 0, maxLength: 100 });
    fc.assert(
      fc.property(bytes, fc.nat({ max: 96 }), fc.integer({ min: 0, max: 255 }), (message, at, by) => {
        const joined = Uint8Array.from([...signBy(bob, message), ...bob.key, 0]);
        joined[at] = (joined[at] ?? 0) ^ by;
        const [signature, key] = [joined.slice(0, 64), joined.slice(64, 96)];
        expect(isSigned(signature, message, key)).toBe(verifySodium(signature, message, key));
      }),
      { numRuns: 500 },
    );
  });
});

test('addresses and amounts read as in the app', () => {
  for (const name of ['alice', 'bob', 'carol'])
    expect(words.addressOf(person(name).key)).toBe(addressOf(person(name).key));
  const facts = (amountStroops: unknown) =>
    words.bodyFacts({
      kind: 'transfer',
      body: new Map<string, unknown>([
        ['to', zero32],
        ['amountStroops', amountStroops],
      ]),
    });
  expect([1, 10_000_000, 125_000_000n, 100_000_000, 0].map((amount) => facts(amount)['amount'])).toEqual([
    '0.0000001 TFT',
    '1 TFT',
    '12.5 TFT',
    '10 TFT',
    '0 TFT',
  ]);
});

test('the verifier imports nothing but Node and itself, and can be read in one sitting', () => {
  const folder = join(import.meta.dirname, '../../../scripts');
  const own = readdirSync(join(folder, 'verifier')).map((name) => `verifier/${name}`);
  const files = [...own, 'verify-receipt.mjs'].map((name) => readFileSync(join(folder, name), 'utf8'));
  const imports = files.flatMap((code) =>
    [...code.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((found) => found[1] ?? ''),
  );
  expect(imports.length).toBeGreaterThan(10);
  expect(imports.filter((name) => !/^(node:(crypto|fs)|\.\/(verifier\/)?[a-z]+\.mjs)$/.test(name))).toEqual([]);
  const isCode = (line: string): boolean => line.trim() !== '' && !/^\s*(\/\/|\/?\*)/.test(line);
  const linesOf = (codes: readonly string[]): number => codes.flatMap((code) => code.split('\n')).filter(isCode).length;
  const verifying = files.filter((_code, index) => /cbor|hashes|proofs|shapes|signatures/.test(own[index] ?? ''));
  const statements = files.filter((_code, index) => own[index] === 'verifier/statements.mjs');
  expect([verifying.length, linesOf(verifying) < 450]).toEqual([5, true]);
  expect([statements.length, linesOf(statements) < 125, linesOf(files) < 720]).toEqual([1, true, true]);
});
