// Answers of main, mirrored: one store per question while somebody looks at it. A question is asked again when its topic changed; until
// the new answer is there, the old one stays, so that nothing jumps.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Channel, Input, Output, Topic } from '../../core/ipc/contract.ts';
import { toWire } from '../../core/wire.ts';
import type { Bridge } from '../bridge.ts';
import { failureOf } from '../call-error.ts';
import { type Async, failed, idle, loading, ready } from '../lib/async-state.ts';
import type { Live } from './live.ts';

/** One question and its newest answer. */
export interface Query<T> {
  readonly store: StoreApi<Async<T>>;
  readonly refresh: () => void;
  /** Keeps the question alive, and asks it the first time; the returned function lets go. */
  readonly watch: () => () => void;
}

/** What the list of open questions needs of each, whatever its answer. */
interface OpenQuery {
  readonly topics: readonly Topic[];
  readonly isWatched: () => boolean;
  readonly forget: () => void;
  readonly refresh: () => void;
}

/** The questions that are open now. */
export interface Queries {
  readonly get: <C extends Channel>(channel: C, input: Input<C>) => Query<Output<C>>;
}

/** Which notices make an answer old. Topics of calls have the names of the notices, but for the parts of one object's history. */
const topicsOf = (channel: Channel): readonly Topic[] => {
  const topic = channel.split('.')[0];
  if (channel === 'grid.history') return ['grid', 'contracts', 'farm'];
  switch (topic) {
    case 'watch':
      return ['grid', 'contracts', 'desk', 'farm'];
    case 'app':
    case 'identity':
    case 'grid':
    case 'wallet':
    case 'capacity':
    case 'contracts':
    case 'desk':
    case 'farm':
    case 'people':
      return [topic];
    default:
      return [];
  }
};

/** Opens questions over a bridge. `wait` delays repeats, so that many notices in a row make one call. */
export const createQueries = (
  bridge: Pick<Bridge, 'call'>,
  live: Pick<Live, 'onStale'>,
  wait: (callback: () => void, delayMs: number) => void,
): Queries => {
  const open = new Map<string, OpenQuery>();
  live.onStale((topics) => {
    for (const [key, query] of open) {
      if (topics !== 'all' && !query.topics.some((topic) => topics.includes(topic))) continue;
      if (query.isWatched()) query.refresh();
      else {
        query.forget();
        open.delete(key);
      }
    }
  });

  const create = <C extends Channel>(key: string, channel: C, input: Input<C>) => {
    const store = createStore<Async<Output<C>>>(() => idle);
    let watchers = 0;
    let isAsking = false;
    let isStale = false;
    const settle = (): void => {
      isAsking = false;
      if (isStale) wait(ask, REPEAT_MS);
    };
    const ask = (): void => {
      if (isAsking) {
        isStale = true;
        return;
      }
      isAsking = true;
      isStale = false;
      if (store.getState().kind !== 'ready') store.setState(loading, true);
      bridge
        .call(channel, input)
        .then(
          (value) => store.setState(ready(value), true),
          (error: unknown) => {
            const failure = failureOf(error);
            const hasOld = store.getState().kind === 'ready' && failure.code === 'ipc/disconnected';
            if (!hasOld) store.setState(failed(failure), true);
          },
        )
        .finally(settle);
    };
    const query = {
      store,
      topics: topicsOf(channel),
      isWatched: () => watchers > 0,
      forget: () => store.setState(idle, true),
      refresh: ask,
      watch: () => {
        watchers += 1;
        // Forgotten between being made and being watched: known again.
        if (!open.has(key)) open.set(key, query);
        if (store.getState().kind === 'idle') ask();
        return () => {
          watchers -= 1;
        };
      },
    };
    return query;
  };

  return {
    get: <C extends Channel>(channel: C, input: Input<C>): Query<Output<C>> => {
      const key = `${channel} ${toWire(input)}`;
      const found = open.get(key);
      if (found !== undefined) return found as OpenQuery & Query<Output<C>>; // the key holds the channel: same key, same type
      const query = create(key, channel, input);
      open.set(key, query);
      return query;
    },
  };
};

const REPEAT_MS = 200;
