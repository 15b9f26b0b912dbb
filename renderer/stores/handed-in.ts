// What was signed in this window, by record id, so that a pending line can say what it is ("Send 12.5 TFT") before it is final.
import { createStore, type StoreApi } from 'zustand/vanilla';

/** The act of a record, as its button said, and what it costs. */
export interface HandedIn {
  readonly action: string;
  readonly costs: bigint | null;
}

/** Newest last; the oldest are forgotten beyond a hundred. */
export interface HandedInStore {
  readonly store: StoreApi<ReadonlyMap<string, HandedIn>>;
  readonly remember: (record: string, what: HandedIn) => void;
}

const MOST = 100;

/** An empty store. */
export const createHandedIn = (): HandedInStore => {
  const store = createStore<ReadonlyMap<string, HandedIn>>(() => new Map());
  return {
    store,
    remember: (record, what) =>
      store.setState(new Map([...[...store.getState()].slice(1 - MOST), [record, what] as const]), true),
  };
};
