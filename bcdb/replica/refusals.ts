/** When a guardian's refusal of a record is for good: a lying one must not be able to turn a member away by itself. Pure. */
import type { ErrorCode } from '../../core/errors.ts';

/** Refusals that the same record may escape later; `gap`: an earlier one did not arrive yet. */
const passing: ReadonlySet<ErrorCode> = new Set(['record/gap', 'record/rate-limited']);
export const isPassing = (code: ErrorCode): boolean => passing.has(code) || !/^(record|cbor)\//.test(code);

/** So many guardians of `count` must refuse a record: more than may lie, and never one alone where there are others. */
export function refusalsNeeded(count: number): number {
  if (count <= 1) return 1;
  return Math.max(2, Math.floor((count - 1) / 3) + 1);
}

export type Refusals = {
  /** A guardian refused a record; true when that is for good. */
  add(record: string, guardian: string, count: number): boolean;
  /** Forgets all other records. */
  keep(records: ReadonlySet<string>): void;
};

export function createRefusals(): Refusals {
  const by = new Map<string, Set<string>>();
  return {
    add(record, guardian, count) {
      const who = by.get(record) ?? new Set();
      by.set(record, who.add(guardian));
      return who.size >= refusalsNeeded(count);
    },
    keep(records) {
      for (const record of by.keys()) if (!records.has(record)) by.delete(record);
    },
  };
}
