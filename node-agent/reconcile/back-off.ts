// How long to wait after failures, and when to stop trying. Pure.
import type { AppError } from '../../core/errors.ts';
import type { JournalEntry } from './journal.ts';
import type { Cause } from './plan.ts';

const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 5 * 60_000;
/** A workload that fails this often in a row is given up; trouble of the engine or the disk never is. */
const mostFailures = 6;

/** The wait after the `failures`th failure in a row: 1 s, doubled each time, at most 5 minutes. */
export const pauseMs = (failures: number): number => Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));

/** The journal's next entry after a failure. */
export function afterFailure(before: JournalEntry | undefined, error: AppError, nowMs: number): JournalEntry {
  const failures = (before?.failures ?? 0) + 1;
  const isHopeless = !error.retry || (error.code === 'agent/workload-failed' && failures >= mostFailures);
  const cause: Cause = { code: error.code, detail: error.detail.slice(0, 400) };
  return { failures, notBeforeMs: nowMs + pauseMs(failures), ...(isHopeless ? { givenUp: cause } : {}) };
}

/** Milliseconds to wait still. A clock that went back never makes it longer than one pause. */
export function waitMs(entry: JournalEntry | undefined, nowMs: number): number {
  if (entry === undefined || entry.failures === 0) return 0;
  return Math.max(0, Math.min(entry.notBeforeMs - nowMs, pauseMs(entry.failures)));
}
