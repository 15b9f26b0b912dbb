// A key's mark is the same everywhere and for ever, and tells keys apart.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyMarkShape, MARK_HUES } from '../../../renderer/lib/key-mark-shape.ts';

describe('keyMarkShape', () => {
  test('is what it was when it was first released', () => {
    expect(keyMarkShape('GBOVQKJYHXRR3DX6NOX2RRYFRCUMSADGDESTDNBDS6CDVLGVESRTAC47')).toMatchInlineSnapshot(`
      {
        "cells": [
          "empty",
          "empty",
          "empty",
          "full",
          "cornerA",
          "cornerB",
          "cornerB",
          "diamond",
        ],
        "hue": 4,
      }
    `);
  });

  test('is always drawable', () => {
    fc.assert(
      fc.property(fc.string(), (address) => {
        const { hue, cells } = keyMarkShape(address);
        expect(cells).toHaveLength(8);
        expect(hue).toBeLessThan(MARK_HUES);
        expect(cells.filter((cell) => cell !== 'empty').length).toBeGreaterThanOrEqual(3);
      }),
    );
  });

  test('10,000 keys that differ by one character rarely share a mark', () => {
    const marks = new Set(
      Array.from({ length: 10_000 }, (_, index) => JSON.stringify(keyMarkShape(`GABC${String(index)}`))),
    );
    expect(marks.size).toBeGreaterThan(9900);
  });
});
