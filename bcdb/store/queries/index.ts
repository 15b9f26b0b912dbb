/** All queries of a replica as one table: name -> answer. Synchronous; the worker gives them their own thread. */
import type { Queries, QueryName } from '../../replica-api.ts';
import type { Changed } from '../sql-state.ts';
import { chainQueries } from './chain-queries.ts';
import type { Answers, QueryContext } from './context.ts';
import { gridQueries } from './grid-queries.ts';
import { peopleQueries } from './people-queries.ts';

export type QueryDesk = {
  answer<Q extends QueryName>(name: Q, input: Queries[Q][0]): Queries[Q][1];
  /** Keeps what is held in memory in step with a committed block. */
  committed(changes: readonly Changed[]): void;
};

/** Prepares all statements once. */
export function openQueries(context: QueryContext): QueryDesk {
  const grid = gridQueries(context);
  const table: Answers<QueryName> = { ...chainQueries(context), ...peopleQueries(context), ...grid };
  return {
    answer: (name, input) => table[name](input),
    committed: grid.committed,
  };
}
