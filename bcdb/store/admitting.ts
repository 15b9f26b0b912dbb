/**
 * Records that come to a guardian's door in two steps, so that threads judge their signatures while a block is cut: begun
 * when they arrive, let in and answered before the next block.
 */
import { toErrorData } from '../../core/errors.ts';
import type { FromStore } from './protocol.ts';

/** Does what was called for, and says how it went. */
export function outcomeOf(id: number, work: () => unknown): FromStore {
  try {
    return { type: 'done', id, value: work() };
  } catch (error) {
    return { type: 'failed', id, error: toErrorData(error) };
  }
}

export type Admitting = {
  /** `begin` answers what lets the records in. */
  begin(id: number, begin: () => () => unknown): void;
  /** Lets in whatever was begun, and answers. */
  finish(): void;
  readonly isEmpty: boolean;
};

export function createAdmitting(say: (message: FromStore) => void): Admitting {
  let begun: { readonly id: number; readonly finish: () => unknown }[] = [];
  return {
    begin(id, begin) {
      try {
        begun.push({ id, finish: begin() });
      } catch (error) {
        say({ type: 'failed', id, error: toErrorData(error) });
      }
    },
    finish() {
      const ready = begun;
      begun = [];
      for (const { id, finish } of ready) say(outcomeOf(id, finish));
    },
    get isEmpty() {
      return begun.length === 0;
    },
  };
}
