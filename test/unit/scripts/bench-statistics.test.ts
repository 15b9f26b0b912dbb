// The arithmetic under every figure.

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../scripts/bench/random.ts';
import { median, middleOf, percentile } from '../../../scripts/bench/statistics.ts';

describe('statistics', () => {
  it('takes the middle of an odd count and the mean of the two in the middle of an even one', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
    expect(middleOf([10, 30, 20])).toEqual({ value: 20, spread: { low: 10, high: 30 } });
  });

  it('takes percentiles by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([percentile(hundred, 50), percentile(hundred, 95), percentile(hundred, 100)]).toEqual([50, 95, 100]);
    expect(percentile([7], 95)).toBe(7);
  });

  it('refuses to make a number of nothing', () => {
    expect(() => median([])).toThrow('no values');
    expect(() => percentile([], 50)).toThrow('no values');
  });
});

describe('numbers that look random', () => {
  it('are the same for the same seed, within bounds, and reach all of them', () => {
    const [a, b, other] = [createRandom(5), createRandom(5), createRandom(6)];
    const take = (random: ReturnType<typeof createRandom>) => Array.from({ length: 500 }, () => random.next(10));
    const numbers = take(a);
    expect(take(b)).toEqual(numbers);
    expect(take(other)).not.toEqual(numbers);
    expect([...new Set(numbers)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
