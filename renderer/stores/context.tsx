// Hands the stores to the views below, and the hooks by which views use them. Stores are made by the entry; there are no globals.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Channel, Input, Output } from '../../core/ipc/contract.ts';
import type { Bridge } from '../bridge.ts';
import { failureOf } from '../call-error.ts';
import { type Async, failed, idle, loading, ready } from '../lib/async-state.ts';
import type { HandedInStore } from './handed-in.ts';
import type { Live } from './live.ts';
import type { Queries } from './queries.ts';
import type { Router } from './router.ts';

/** Everything that outlives a view. */
export interface Stores {
  readonly bridge: Bridge;
  readonly live: Live;
  readonly queries: Queries;
  readonly router: Router;
  readonly handedIn: HandedInStore;
}

const StoresContext = createContext<Stores | null>(null);

/** Gives the stores to the views below. */
export const StoresProvider = ({ stores, children }: { readonly stores: Stores; readonly children: ReactNode }) => (
  <StoresContext value={stores}>{children}</StoresContext>
);

/** The stores. Throws outside of a provider: that is a defect, not a state. */
export const useStores = (): Stores => {
  const stores = useContext(StoresContext);
  if (stores === null) throw new Error('no stores above this view');
  return stores;
};

/** An answer of main and how to ask again. It follows main's change notices while the view is there. */
export const useQuery = <C extends Channel>(channel: C, input: Input<C>): readonly [Async<Output<C>>, () => void] => {
  const { queries } = useStores();
  // The same question by value is the same object, as long as somebody watches it.
  const query = queries.get(channel, input);
  useEffect(() => query.watch(), [query]);
  return [useStore(query.store), query.refresh];
};

/** Something that a person started: its state, and how to start it. */
export interface Action<T> {
  readonly state: Async<T>;
  readonly isPending: boolean;
  readonly run: (work: () => Promise<T>) => void;
  readonly reset: () => void;
}

/** Runs one piece of work at a time and keeps what became of it. */
export const useAction = <T,>(): Action<T> => {
  const [state, setState] = useState<Async<T>>(idle);
  const run = useCallback((work: () => Promise<T>) => {
    setState(loading);
    work().then(
      (value) => setState(ready(value)),
      (error: unknown) => setState(failed(failureOf(error))),
    );
  }, []);
  const reset = useCallback(() => setState(idle), []);
  return { state, isPending: state.kind === 'loading', run, reset };
};

/** The route that is open. */
export const useRoute = () => useStore(useStores().router.store);
