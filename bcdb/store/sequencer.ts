/**
 * The `solo` sequencer: when the one guardian of a grid cuts its next block, and at which block time. Pure; the clock
 * comes in as an argument and never moves block time back.
 */

/** What the decision rests on. */
export type Situation = {
  readonly waiting: number;
  readonly lastTimeMs: number;
  /** When time itself will change something next. */
  readonly dueMs: number | undefined;
  readonly nowMs: number;
};

/** With nothing to say, a block as a sign of life this often. */
export const heartbeatMs = 30_000;

/** Bytes of records in one block, well below what a feed takes as one message. */
export const blockBytes = 4 * 1024 * 1024;

/** Block time: the clock, but never before the block before. */
export const blockTime = (lastTimeMs: number, nowMs: number): number => Math.max(lastTimeMs, nowMs);

/** When the next block is to be cut if nothing else happens; at or before `nowMs`: now. */
export function nextCutMs({ waiting, lastTimeMs, dueMs, nowMs }: Situation): number {
  if (waiting > 0) return nowMs;
  return Math.min(dueMs ?? Number.MAX_SAFE_INTEGER, lastTimeMs + heartbeatMs);
}
