/**
 * Subscriptions to queries: a snapshot first, then for each committed block that touches it the step to the new answer. The next
 * step is made when the last one was heard, so a slow listener gets fewer and larger steps, and nothing piles up for him.
 */
import { AppError } from '../../core/errors.ts';
import { keyOf } from '../../core/keys.ts';
import { type Delta, deltaOf, type Held, held } from '../live.ts';
import type { LiveName, Queries } from '../replica-api.ts';
import { hexOf } from './database.ts';
import type { Changed } from './sql-state.ts';

/** Subscriptions of one store at most. */
export const mostWatches = 64;

export type LiveQueries = {
  /** Throws what the query throws, and `query/too-many`. */
  watch<Q extends LiveName>(watch: number, name: Q, input: Queries[Q][0]): Queries[Q][1];
  unwatch(watch: number): void;
  /** The listener has taken the answer, or the last step: he may have the next. */
  heard(watch: number): void;
  committed(changes: readonly Changed[]): void;
};

type Watch = {
  readonly name: LiveName;
  readonly input: Queries[LiveName][0];
  held: Held;
  seq: number;
  isHearing: boolean;
  isStale: boolean;
};

type Touches = (change: Changed) => boolean;
const ofKind =
  (...kinds: readonly Changed['kind'][]): Touches =>
  ({ kind }) =>
    kinds.includes(kind);
const keyHex = (address: string): string => hexOf(keyOf(address));
const personal =
  (address: string): Touches =>
  ({ kind, key }) =>
    (kind === 'account' || kind === 'profile') && key === keyHex(address);

/** Which changes touch an answer; whatever a block changes belongs to it. */
const touches: { readonly [Q in LiveName]: (input: Queries[Q][0]) => Touches | 'every block' } = {
  head: () => 'every block',
  books: () => 'every block',
  blocks: () => 'every block',
  policy: () => ofKind('policy'),
  stats: () => 'every block',
  account: ({ address }) => personal(address),
  ledger: ({ address }) => personal(address),
  profile: ({ address }) => personal(address),
  profiles: () => ofKind('profile'),
  search: () => ofKind('profile', 'farm'),
  farm:
    ({ id }) =>
    ({ key }) =>
      key === id,
  farms: () => ofKind('farm'),
  listFarms: ({ filter }) => (filter.node === undefined ? ofKind('farm') : ofKind('farm', 'node')),
  node:
    ({ id }) =>
    ({ kind, key }) =>
      key === id || kind === 'farm' || kind === 'contract',
  nodes: () => ofKind('node', 'farm'),
  contract:
    ({ id }) =>
    ({ key }) =>
      key === id,
  contracts: () => ofKind('contract'),
  listContracts: () => ofKind('contract'),
  history: ({ id }) => {
    const hex = id.startsWith('G') ? keyHex(id) : id;
    return ({ key }) => key === hex;
  },
};

export const isLiveName = (name: string): name is LiveName => Object.hasOwn(touches, name);

export type LiveParts = {
  readonly ask: <Q extends LiveName>(name: Q, input: Queries[Q][0]) => Queries[Q][1];
  /** Hands a step to whoever watches. */
  readonly tell: (watch: number, seq: number, delta: Delta) => void;
  /** A watch whose query broke down: it is over, the block is not. */
  readonly onDefect: (error: unknown) => void;
};

export function createLiveQueries({ ask, tell, onDefect }: LiveParts): LiveQueries {
  const watches = new Map<number, Watch>();

  function step(number: number, watch: Watch): void {
    if (!watch.isStale || watch.isHearing) return;
    watch.isStale = false;
    const found = deltaOf(watch.held, ask(watch.name, watch.input));
    if (found === undefined) return;
    watch.held = found.held;
    watch.seq += 1;
    watch.isHearing = true;
    tell(number, watch.seq, found.delta);
  }

  return {
    watch(number, name, input) {
      if (watches.size >= mostWatches) throw new AppError('query/too-many', `${mostWatches} at most`);
      const answer = ask(name, input);
      watches.set(number, { name, input, held: held(answer), seq: 0, isHearing: true, isStale: false });
      return answer;
    },
    unwatch: (number) => void watches.delete(number),
    heard(number) {
      const watch = watches.get(number);
      if (watch === undefined) return;
      watch.isHearing = false;
      step(number, watch);
    },
    committed(changes) {
      for (const [number, watch] of watches) {
        const by = (touches[watch.name] as (input: unknown) => Touches | 'every block')(watch.input);
        if (by === 'every block' || changes.some(by)) watch.isStale = true;
        try {
          step(number, watch);
        } catch (error) {
          watches.delete(number);
          onDefect(error);
        }
      }
    },
  };
}
