// Token buckets: what passes, what waits, what is abuse.
import { expect, test } from 'vitest';
import { createRateLimiter } from '../../../bcdb/net/rate-limit.ts';

test('a burst passes, the next waits, time brings it back at the stated rate', () => {
  const spend = createRateLimiter({ perSecond: 10, burst: 3 });
  expect([0, 0, 0, 0].map((at) => spend('a', 1, at))).toEqual(['pass', 'pass', 'pass', 'wait']);
  expect(spend('a', 1, 100)).toBe('wait');
  expect(spend('a', 1, 400)).toBe('pass');
});

test('who goes on asking while refused digs deeper, down to abuse', () => {
  const spend = createRateLimiter({ perSecond: 1, burst: 2 });
  expect(Array.from({ length: 5 }, () => spend('a', 1, 0))).toEqual(['pass', 'pass', 'wait', 'abuse', 'abuse']);
  expect(spend('a', 1, 2500)).toBe('wait');
});

test('one peer’s limit is not another’s, and cost counts', () => {
  const spend = createRateLimiter({ perSecond: 1, burst: 10 });
  expect(spend('a', 11, 0)).toBe('wait');
  expect(spend('b', 10, 0)).toBe('pass');
});

test('a clock that goes back gives nothing', () => {
  const spend = createRateLimiter({ perSecond: 1000, burst: 1 });
  expect(spend('a', 1, 1000)).toBe('pass');
  expect(spend('a', 1, 0)).not.toBe('pass');
});

test('strangers do not pile up in memory: the least recent is forgotten', () => {
  const spend = createRateLimiter({ perSecond: 0, burst: 1 });
  spend('first', 1, 0);
  expect(spend('first', 1, 0)).not.toBe('pass');
  for (let i = 0; i < 1024; i++) spend(`stranger ${i}`, 1, 0);
  expect(spend('first', 1, 0)).toBe('pass');
});
