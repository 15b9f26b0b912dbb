// Turns main's change notices into "ask again": by topic, and for everything when a notice was missed or the line came back.
// Holds no data of its own but the newest head and whether the line is up.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ChangedEvent, Topic } from '../../core/ipc/contract.ts';
import type { Bridge } from '../bridge.ts';

/** What the frame shows without a call. */
export interface LiveState {
  readonly isUp: boolean;
  readonly head: ChangedEvent['head'];
}

/** `onStale` is told which topics to ask again; `'all'` after a gap. */
export interface Live {
  readonly store: StoreApi<LiveState>;
  readonly onStale: (listener: (topics: readonly Topic[] | 'all') => void) => () => void;
}

/** Follows a bridge from now on. */
export const createLive = (bridge: Pick<Bridge, 'onChanged' | 'onLine'>): Live => {
  const store = createStore<LiveState>(() => ({ isUp: true, head: null }));
  const listeners = new Set<(topics: readonly Topic[] | 'all') => void>();
  let lastSeq: number | null = null;
  let wasDown = false;
  const tell = (topics: readonly Topic[] | 'all'): void => {
    for (const listener of listeners) listener(topics);
  };
  bridge.onChanged((event) => {
    const isGap = lastSeq !== null && event.seq !== lastSeq + 1;
    lastSeq = event.seq;
    if (event.head !== null) store.setState({ head: event.head });
    tell(isGap ? 'all' : event.topics);
  });
  bridge.onLine((isUp) => {
    store.setState({ isUp });
    if (isUp && wasDown) {
      lastSeq = null;
      tell('all');
    }
    wasDown = !isUp;
  });
  return {
    store,
    onStale: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
