// The parts of the store that need no database: encoding of objects, pages by quickselect, the sequencer, chains.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeChain } from '../../../../bcdb/store/authors.ts';
import { decodeObject, encodeObject, readable } from '../../../../bcdb/store/codec.ts';
import { placeOf, positionOf } from '../../../../bcdb/store/executor.ts';
import { claimBytes } from '../../../../bcdb/store/head-claim.ts';
import { prefixWords } from '../../../../bcdb/store/queries/fold.ts';
import { selectPage } from '../../../../bcdb/store/queries/select-page.ts';
import { blockTime, heartbeatMs, nextCutMs } from '../../../../bcdb/store/sequencer.ts';
import { zero32 } from '../../../../core/bytes.ts';
import { seedOf } from '../../../support/bcdb-grid.ts';

describe('the encoding of state objects', () => {
  const leaf = fc.oneof(
    fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
    fc.maxSafeInteger(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.string({ minLength: 1 }), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));

  it('gives back what went in, bigints as bigints', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(decodeObject('account', encodeObject(value))).toEqual(value);
      }),
    );
  });

  it('is one for one value, whatever the order of its fields', () => {
    expect(encodeObject({ a: 1n, bb: [2] })).toEqual(encodeObject({ bb: [2], a: 1n }));
    expect(encodeObject({ a: 1n })).not.toEqual(encodeObject({ a: 1 }));
    expect(encodeObject({ a: 1, b: undefined })).toEqual(encodeObject({ a: 1 }));
  });

  it('is readable for people with bytes as hex', () => {
    expect(readable({ a: [Uint8Array.of(1, 255)], b: 3n, c: null })).toEqual({ a: ['01ff'], b: 3n, c: null });
  });
});

describe('a page of a long list', () => {
  it('is the slice of the sorted list', () => {
    const item = fc.integer({ min: 0, max: 30 });
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 200 }),
        fc.boolean(),
        fc.nat(220),
        fc.nat(30),
        (list, isDescending, offset, limit) => {
          const keys = Float64Array.from(list);
          const ties = Float64Array.from(list, (_, row) => row % 7);
          const order = { keys, ties, isDescending, last: (a: number, b: number) => a - b };
          const sign = isDescending ? -1 : 1;
          const rows = Uint32Array.from(list, (_, row) => row);
          const sorted = [...rows].sort(
            (a, b) => sign * ((keys[a] ?? 0) - (keys[b] ?? 0)) || (ties[a] ?? 0) - (ties[b] ?? 0) || a - b,
          );
          expect(selectPage(rows, offset, limit, order)).toEqual(sorted.slice(offset, offset + limit));
        },
      ),
    );
  });
});

describe('the solo sequencer', () => {
  const nowMs = 1_000_000;
  const idle = { waiting: 0, lastTimeMs: nowMs, dueMs: undefined, nowMs };

  it('cuts at once when records wait, when time is due, else at the heartbeat', () => {
    expect(nextCutMs({ ...idle, waiting: 1 })).toBe(nowMs);
    expect(nextCutMs({ ...idle, dueMs: nowMs + 5 })).toBe(nowMs + 5);
    expect(nextCutMs({ ...idle, dueMs: nowMs - 5 })).toBeLessThanOrEqual(nowMs);
    expect(nextCutMs(idle)).toBe(nowMs + heartbeatMs);
  });

  it('G21 never lets block time go back with the clock', () => {
    expect(blockTime(nowMs, nowMs - 3_600_000)).toBe(nowMs);
    expect(blockTime(nowMs, nowMs + 1)).toBe(nowMs + 1);
  });
});

describe('a record chain', () => {
  const [first, second] = [seedOf('first'), seedOf('second')];
  const end = { seq: 1, last: first };
  const idAt = (seq: number) => (seq === 1 ? first : undefined);

  it('goes on with the next seq and the id before, and with nothing else', () => {
    const judge = (seq: number, prev: Uint8Array, id: Uint8Array) => judgeChain(end, { seq, prev, id }, idAt)?.code;
    expect(judge(2, first, second)).toBeUndefined();
    expect(judge(2, second, second)).toBe('record/gap');
    expect(judge(3, first, second)).toBe('record/gap');
    expect(judge(1, zero32, first)).toBe('record/replayed');
    expect(judge(1, zero32, second)).toBe('record/forked');
  });
});

describe('small things', () => {
  it('a position holds height and index', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 35 }), fc.integer({ min: 0, max: 99_999 }), (height, index) => {
        expect(placeOf(positionOf(height, index))).toEqual({ height, index });
      }),
    );
  });

  it('words of a search are quoted prefixes, never operators', () => {
    expect(prefixWords('sun OR "moon*')).toBe('"sun"* "OR"* "moon"*');
    expect(prefixWords(' -^ ')).toBeUndefined();
  });

  it('a head claim is made for one question, one transport key, and one meaning', () => {
    const claim = { header: zero32, nonce: seedOf('a'), net: seedOf('net'), isAll: true };
    const others = [{ nonce: seedOf('b') }, { net: seedOf('other net') }, { isAll: false }];
    for (const other of others) expect(claimBytes({ ...claim, ...other })).not.toEqual(claimBytes(claim));
  });
});
