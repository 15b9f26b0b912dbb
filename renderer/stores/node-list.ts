// The list of nodes behind the capacity table: a filter, an order, and the pages that somebody has looked at. A million rows may exist;
// only seen pages are here, and old ones stay until their new version has come.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { NodeFilter, NodeSort, NodesView } from '../../core/query-views.ts';
import type { NodeView } from '../../core/views.ts';
import { toWire } from '../../core/wire.ts';
import type { Bridge } from '../bridge.ts';
import { failureOf } from '../call-error.ts';
import { type Async, failed, idle, loading, ready } from '../lib/async-state.ts';

/** What is asked for. */
export interface NodeQuestion {
  readonly filter: NodeFilter;
  readonly sort: NodeSort;
  readonly descending: boolean;
}

/** Counts of the newest answer. */
export type NodeCounts = Pick<NodesView, 'count' | 'total' | 'removedBy'>;

/** Question, counts, and rows by page. */
export interface NodeListState {
  readonly question: NodeQuestion;
  readonly counts: Async<NodeCounts>;
  readonly pages: ReadonlyMap<number, readonly NodeView[]>;
}

/** The store and what can be done with it. */
export interface NodeList {
  readonly store: StoreApi<NodeListState>;
  readonly ask: (question: NodeQuestion) => void;
  /** Tells which rows are on screen; their pages get fetched. */
  readonly show: (first: number, last: number) => void;
  /** Asks the shown pages again and forgets the others, which are as old. */
  readonly refresh: () => void;
}

/** Rows per page. */
export const nodePageSize = 100;
const MOST_PAGES = 40;

/** A row by its place in the order; undefined while its page is on its way. */
export const nodeAt = (pages: NodeListState['pages'], index: number): NodeView | undefined =>
  pages.get(Math.floor(index / nodePageSize))?.[index % nodePageSize];

/** An empty list with its first question. */
export const createNodeList = (bridge: Pick<Bridge, 'call'>, question: NodeQuestion): NodeList => {
  const store = createStore<NodeListState>(() => ({ question, counts: idle, pages: new Map() }));
  const onTheWay = new Set<number>();
  let generation = 0;
  let shown: readonly [number, number] = [0, 0];

  const fetchPage = (page: number): void => {
    if (onTheWay.has(page)) return;
    onTheWay.add(page);
    const asked = generation;
    const offset = page * nodePageSize;
    bridge
      .call('capacity.nodes', { ...store.getState().question, offset, limit: nodePageSize })
      .then(
        ({ items, count, total, removedBy }) => {
          if (asked !== generation) return;
          const kept = [...store.getState().pages].filter(([each]) => each !== page).slice(1 - MOST_PAGES);
          store.setState({
            counts: ready({ count, total, removedBy }),
            pages: new Map([...kept, [page, items] as const]),
          });
        },
        (error: unknown) => {
          if (asked === generation) store.setState({ counts: failed(failureOf(error)) });
        },
      )
      .finally(() => {
        if (asked === generation) onTheWay.delete(page);
      });
  };
  const pagesShown = (): readonly number[] => {
    const from = Math.floor(shown[0] / nodePageSize);
    const to = Math.floor(shown[1] / nodePageSize);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  };
  return {
    store,
    ask: (next) => {
      const { question: before, counts } = store.getState();
      if (toWire(next) === toWire(before) && counts.kind === 'ready') return;
      generation += 1;
      onTheWay.clear();
      shown = [0, 0];
      store.setState({ question: next, pages: new Map(), ...(counts.kind === 'ready' ? {} : { counts: loading }) });
      fetchPage(0);
    },
    show: (first, last) => {
      shown = [first, last];
      for (const page of pagesShown()) if (!store.getState().pages.has(page)) fetchPage(page);
    },
    refresh: () => {
      const kept = pagesShown();
      store.setState({ pages: new Map([...store.getState().pages].filter(([page]) => kept.includes(page))) });
      for (const page of kept) fetchPage(page);
    },
  };
};
