// Amounts as people read and type them: exact both ways, refused where they could mean something else.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAmount, formatExactAmount, parseAmount } from '../../../renderer/lib/amount.ts';

describe('formatAmount', () => {
  test.each([
    [0n, '0', '0.0000000 TFT'],
    [1n, '0.0000001', '0.0000001 TFT'],
    [125_000_000n, '12.5', '12.5000000 TFT'],
    [12_345_670_000_000n, '1,234,567', '1,234,567.0000000 TFT'],
    [-30_000_000n, '−3', '−3.0000000 TFT'],
    [9_223_372_036_854_775_807n, '922,337,203,685.4775807', '922,337,203,685.4775807 TFT'],
  ])('%s stroops', (stroops, short, exact) => {
    expect([formatAmount(stroops), formatExactAmount(stroops)]).toEqual([short, exact]);
  });
});

describe('parseAmount', () => {
  test('reads back every amount that formatAmount writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (stroops) => {
        expect(parseAmount(formatAmount(stroops))).toEqual({ kind: 'amount', stroops });
      }),
    );
  });

  test.each([
    ['12.5 TFT', 125_000_000n],
    ['.5', 5_000_000n],
    ['7.', 70_000_000n],
    ['1,000', 10_000_000_000n],
  ])('reads %s', (typed, stroops) => {
    expect(parseAmount(typed)).toEqual({ kind: 'amount', stroops });
  });

  test.each(['-1', '1e7', '0x10', '1.2.3', '1,00', '.', 'twelve', '0.12345678', '1000000000000'])(
    'refuses %s',
    (typed) => {
      expect(parseAmount(typed).kind).toBe('problem');
    },
  );

  test('nothing typed is no amount and no problem', () => {
    expect(parseAmount('  ')).toEqual({ kind: 'empty' });
  });
});
