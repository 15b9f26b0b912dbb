// The closing line and the exit code of `npm test`.

import { describe, expect, test } from 'vitest';
import { exitCodeOf, suiteResult, summaryLine, total } from '../../../scripts/lib/summary.mjs';

const counts = (passed: number, failed: number, skipped: number) => ({ passed, failed, skipped });

describe('suiteResult', () => {
  test('a suite without a report counts one failure', () => {
    expect(suiteResult('unit', undefined, 0)).toEqual({
      ...counts(0, 1, 0),
      suite: 'unit',
      trouble: 'did not start or did not end',
    });
  });

  test('a bad exit code without a failed test counts one failure and keeps the rest', () => {
    expect(suiteResult('unit', counts(5, 0, 2), 1)).toEqual({
      ...counts(5, 1, 2),
      suite: 'unit',
      trouble: 'exit code 1',
    });
  });

  test('a suite without a single test counts one failure', () => {
    expect(suiteResult('unit', counts(0, 0, 0), 1)).toEqual({
      ...counts(0, 1, 0),
      suite: 'unit',
      trouble: 'no tests found',
    });
  });

  test('failed tests are not counted twice', () => {
    expect(suiteResult('unit', counts(5, 2, 0), 1)).toEqual({ ...counts(5, 2, 0), suite: 'unit' });
  });
});

test('total adds every suite', () => {
  const results = [
    { suite: 'a', ...counts(1, 0, 2) },
    { suite: 'b', ...counts(10, 3, 0) },
  ];
  expect(total(results)).toEqual(counts(11, 3, 2));
  expect(total([])).toEqual(counts(0, 0, 0));
});

test.each([
  [counts(12, 0, 0), '12 passed, 0 failed', 0],
  [counts(12, 0, 3), '12 passed, 0 failed, 3 skipped', 0],
  [counts(12, 1, 0), '12 passed, 1 failed', 1],
  [counts(0, 0, 0), '0 passed, 0 failed', 1],
  [counts(0, 0, 9), '0 passed, 0 failed, 9 skipped', 1],
] as const)('%o closes with "%s" and exit code %i', (sum, line, code) => {
  expect(summaryLine(sum)).toBe(line);
  expect(exitCodeOf(sum)).toBe(code);
});
