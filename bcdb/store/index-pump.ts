/**
 * Lets the indexes behind the queries be built and kept in shape in small slices between all else that the store does. Questions
 * that need an index which is not there yet wait here; all others are answered meanwhile.
 */
import { AppError, type ErrorData, toErrorData } from '../../core/errors.ts';
import type { QueryName } from '../replica-api.ts';
import { storageError } from './database.ts';

/** What the pump needs of the store. */
export type Pumped = {
  isWaiting(name: QueryName): boolean;
  prepare(ms: number): boolean;
};

export type IndexPump = {
  /** There may be something to do. */
  start(): void;
  /** Runs `work` when the index behind `name` is there; `fail` hears why it never will be. */
  whenReady(name: QueryName, work: () => void, fail: (error: ErrorData) => void): void;
  stop(): void;
};

/** A slice while nobody waits for it, and while somebody does: in between, everything else has its turn. */
const sliceMs = 8;
const urgentMs = 40;

type Waiting = { readonly work: () => void; readonly fail: (error: ErrorData) => void };

export function createIndexPump(store: Pumped, onDefect: (error: ErrorData) => void): IndexPump {
  let waiting: Waiting[] = [];
  let next: NodeJS.Immediate | undefined;

  function step(): void {
    next = undefined;
    try {
      if (store.prepare(waiting.length > 0 ? urgentMs : sliceMs)) start();
    } catch (error) {
      const told = toErrorData(storageError(error));
      failAll(told);
      onDefect(told);
      return;
    }
    if (store.isWaiting('nodes')) return;
    const ready = waiting;
    waiting = [];
    for (const { work } of ready) work();
  }

  function start(): void {
    next ??= setImmediate(step);
  }

  function failAll(error: ErrorData): void {
    const lost = waiting;
    waiting = [];
    for (const { fail } of lost) fail(error);
  }

  return {
    start,
    whenReady(name, work, fail) {
      if (!store.isWaiting(name)) {
        work();
        return;
      }
      waiting.push({ work, fail });
      start();
    },
    stop() {
      clearImmediate(next);
      next = undefined;
      failAll(toErrorData(new AppError('replica/closed')));
    },
  };
}
