// What farming brought, per span of time, out of the lines of a statement. Exact sums; floats only for the height of a bar.
import type { LedgerView } from '../../core/views.ts';

/** Earnings within one span. */
export interface EarningBar {
  readonly fromMs: number;
  readonly stroops: bigint;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Days normally; hours or minutes while a farm is young, so that there is something to look at. */
export const barSpanMs = (oldestMs: number, nowMs: number): number => {
  const age = nowMs - oldestMs;
  if (age > 3 * DAY) return DAY;
  return age > 3 * HOUR ? HOUR : MINUTE;
};

/** Sums of earnings and rewards per span, without holes, oldest first; at most the newest `most` spans. */
export const earningBars = (lines: readonly LedgerView[], nowMs: number, most = 30): readonly EarningBar[] => {
  const earned = lines.filter((line) => line.reason === 'earning' || line.reason === 'mint');
  const oldest = earned.reduce((least, line) => Math.min(least, line.timeMs), nowMs);
  const span = barSpanMs(oldest, nowMs);
  const last = Math.floor(nowMs / span);
  const first = Math.max(Math.floor(oldest / span), last - most + 1);
  const sums = new Map<number, bigint>();
  for (const line of earned) {
    const index = Math.floor(line.timeMs / span);
    sums.set(index, (sums.get(index) ?? 0n) + line.delta);
  }
  return Array.from({ length: last - first + 1 }, (_, offset) => ({
    fromMs: (first + offset) * span,
    stroops: sums.get(first + offset) ?? 0n,
  }));
};
