/** All queries of a replica as one table: name -> answer. Synchronous; the worker gives them their own thread. */
import type { Queries, QueryName } from '../../replica-api.ts';
import type { Changed } from '../sql-state.ts';
import { chainQueries } from './chain-queries.ts';
import type { Answers, QueryContext } from './context.ts';
import { type GridIndex, openGridIndex } from './grid-index.ts';
import { gridQueries } from './grid-queries.ts';
import { peopleQueries } from './people-queries.ts';
import { searchQueries } from './search-queries.ts';

export type QueryDesk = {
  answer<Q extends QueryName>(name: Q, input: Queries[Q][0]): Queries[Q][1];
  /** True while `name` would have to build an index first; `prepare` does that in slices. */
  isWaiting(name: QueryName): boolean;
  /** Works for about `ms` milliseconds on what is held in memory; false when nothing is left to do. */
  prepare(ms: number): boolean;
  /** Keeps what is held in memory in step with a committed block. */
  committed(changes: readonly Changed[]): void;
};

/** Queries that are answered from the indexes in memory. */
const indexed: ReadonlySet<QueryName> = new Set(['nodes', 'listFarms', 'listContracts']);

/** Prepares all statements once. `index`: one that is there already, and kept in step by `committed`. */
export function openQueries(context: QueryContext, index: GridIndex = openGridIndex(context.db)): QueryDesk {
  const table: Answers<QueryName> = {
    ...chainQueries(context),
    ...peopleQueries(context),
    ...searchQueries(context),
    ...gridQueries(context, index),
  };
  return {
    answer: (name, input) => table[name](input),
    isWaiting: (name) => indexed.has(name) && !index.isReady(),
    prepare: index.improve,
    committed: index.committed,
  };
}
