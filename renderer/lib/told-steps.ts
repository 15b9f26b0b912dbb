// A history as people want it told: heartbeats left out, and payments in a row as one step with their sum.
import type { HistoryView } from '../../core/views.ts';

/** A step to show: the newest of `count` alike in a row; for payments its detail is the sum of all. */
export interface ToldStep {
  readonly step: HistoryView;
  readonly count: number;
}

/** A node reports in every few minutes; that is no step. */
const isHeartbeat = ({ what }: HistoryView): boolean => what === 'uptime';

/** The amount of a payment in stroops; undefined for any other step. */
const paymentOf = ({ what, detail }: HistoryView): bigint | undefined =>
  what === 'settled' && detail !== null && /^\d+$/.test(detail) ? BigInt(detail) : undefined;

/** Steps newest first, as they come, to steps as they are told. */
export const toldSteps = (steps: readonly HistoryView[]): readonly ToldStep[] => {
  const told: ToldStep[] = [];
  for (const step of steps) {
    if (isHeartbeat(step)) continue;
    const last = told.at(-1);
    const sum = last === undefined ? undefined : paymentOf(last.step);
    const amount = paymentOf(step);
    if (last === undefined || sum === undefined || amount === undefined) told.push({ step, count: 1 });
    else told[told.length - 1] = { step: { ...last.step, detail: String(sum + amount) }, count: last.count + 1 };
  }
  return told;
};
