/**
 * Judges new records against the present head, on the side of whoever hands them in: the pending ones are executed
 * first, then the new one, then all of it is undone. A verdict is a forecast; the block decides.
 */
import type { Verdict } from '../../core/block.ts';
import type { Envelope } from '../../core/record.ts';
import { type ExecutorParts, incomingOf, RuleDefect, runRecord } from './executor.ts';

/** Above this many waiting records a forecast costs more than it tells; the block will judge them. */
export const previewLimit = 256;

/**
 * Runs `work` with a function that forecasts one record's verdict on top of `waiting` and of what was forecast
 * before. Leaves no trace in the state. Call inside a transaction.
 */
export function withPreview<T>(
  parts: ExecutorParts,
  waiting: readonly Uint8Array[],
  timeMs: number,
  work: (forecast: (envelope: Envelope) => Verdict) => T,
): T {
  const { state } = parts;
  const forecast = (envelope: Envelope): Verdict => {
    try {
      return runRecord(parts, envelope, { timeMs });
    } catch (error) {
      if (error instanceof RuleDefect) return 'ipc/internal';
      throw error;
    }
  };
  state.begin();
  try {
    for (const bytes of waiting) {
      const { envelope } = incomingOf(bytes);
      if (envelope !== undefined) forecast(envelope);
    }
    return work(forecast);
  } finally {
    state.undo();
  }
}
