// Bitmaps and what filters remove, against counting one by one.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Bits,
  bitsIn,
  bitsInThree,
  countUpTo,
  fillAll,
  fillRest,
  isIn,
} from '../../../../bcdb/store/queries/bits.ts';
import { countFilters, type FilterGroup } from '../../../../bcdb/store/queries/filter-counts.ts';

const words = 4;
const bitmap: fc.Arbitrary<Bits> = fc
  .array(fc.oneof(fc.constantFrom(0, 0xffffffff), fc.nat(0xffffffff)), { minLength: words, maxLength: words })
  .map((list) => Uint32Array.from(list));
const rowsIn = (bits: Bits, rows = words * 32): readonly number[] =>
  Array.from({ length: rows }, (_, row) => row).filter((row) => isIn(bits, row));

describe('bitmaps', () => {
  it('count the bits of one word and of three', () => {
    const word = fc.oneof(fc.constantFrom(0, 0xffffffff, -1, 0x80000000, 1), fc.nat(0xffffffff));
    const ones = (value: number): number => (value >>> 0).toString(2).replaceAll('0', '').length;
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(bitsIn(a)).toBe(ones(a));
        expect(bitsInThree(a, b, c)).toBe(ones(a) + ones(b) + ones(c));
      }),
    );
  });

  it('count what they have in common, or not, exactly up to a limit and beyond it something above', () => {
    fc.assert(
      fc.property(bitmap, bitmap, fc.boolean(), fc.nat(130), (a, b, isCommon, most) => {
        const exact = rowsIn(a).filter((row) => isIn(b, row) === isCommon).length;
        const counted = countUpTo(a, b, isCommon, most);
        expect(Math.min(counted, most + 1)).toBe(Math.min(exact, most + 1));
      }),
    );
  });

  it('are filled up to a row, and from it on', () => {
    for (const rows of [0, 1, 31, 32, 33, 64, 127, 128]) {
      const below = fillAll(new Uint32Array(words).fill(7), rows);
      const rest = fillRest(new Uint32Array(words).fill(7), rows);
      expect(rowsIn(below)).toEqual(Array.from({ length: rows }, (_, row) => row));
      expect(rest).toEqual(below.map((word) => ~word));
    }
  });
});

describe('what filters remove', () => {
  it('is what a look at every row says, for any number of filters', () => {
    const group = fc.record({ pass: bitmap, isInverted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(group, { maxLength: 8 }), fc.nat(words * 32), (list, rows) => {
        const passes = list.map(
          ({ pass, isInverted }) =>
            (row: number) =>
              isIn(pass, row) !== isInverted,
        );
        const failing = Array.from({ length: rows }, (_, row) =>
          passes.flatMap((pass, index) => (pass(row) ? [] : [index])),
        );
        const groups = list.map(
          ({ pass, isInverted }, index): FilterGroup => ({
            pass,
            ...(isInverted ? { isInverted: true } : {}),
            filters: [{ name: `filter ${index}`, only: undefined }],
          }),
        );
        const dirty = (): Bits => new Uint32Array(words).fill(0x5a5a5a5a);
        const { bits, count, removedBy } = countFilters(groups, rows, dirty(), dirty);
        expect(rowsIn(bits)).toEqual(failing.flatMap((failed, row) => (failed.length === 0 ? [row] : [])));
        expect(count).toBe(rowsIn(bits).length);
        expect(removedBy).toEqual(
          Object.fromEntries(
            list.map((_, index) => [
              `filter ${index}`,
              failing.filter((failed) => failed.length === 1 && failed[0] === index).length,
            ]),
          ),
        );
      }),
    );
  });
});
