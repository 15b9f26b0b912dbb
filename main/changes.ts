/**
 * Tells windows what to ask for again: numbered, gathered over a short while so that a burst of blocks is one event.
 * Carries no data but the head's height and time.
 */
import type { ChangedEvent, Topic } from '../core/ipc/contract.ts';

/** Gathers and tells. */
export type Changes = {
  /** Something of these topics changed. */
  mark(...topics: readonly Topic[]): void;
  /** A new head: everything that shows the grid changed. */
  markHead(head: NonNullable<ChangedEvent['head']>): void;
  /** Calls `listener` with each event; returns how to stop. */
  on(listener: (event: ChangedEvent) => void): () => void;
};

const ofHead: readonly Topic[] = ['grid', 'wallet', 'capacity', 'contracts', 'desk', 'farm'];

/** `gatherMs`: how long changes are gathered before they are told. */
export function createChanges(gatherMs = 60): Changes {
  const listeners = new Set<(event: ChangedEvent) => void>();
  const topics = new Set<Topic>();
  let head: ChangedEvent['head'] = null;
  let seq = 0;
  let timer: NodeJS.Timeout | undefined;

  const tell = (): void => {
    timer = undefined;
    seq += 1;
    const event: ChangedEvent = { seq, topics: [...topics], head };
    topics.clear();
    for (const listener of listeners) listener(event);
  };
  const mark = (...marked: readonly Topic[]): void => {
    for (const topic of marked) topics.add(topic);
    if (timer === undefined) timer = setTimeout(tell, gatherMs).unref();
  };

  return {
    mark,
    markHead(next) {
      head = next;
      mark(...ofHead);
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
