/** What every query may read, and the pages they answer with. Nothing here writes. */
import type { Page, Queries, QueryName } from '../../replica-api.ts';
import type { Totals } from '../../state.ts';
import type { Authors } from '../authors.ts';
import type { Chain } from '../chain.ts';
import type { Db } from '../database.ts';
import type { Outbox } from '../outbox.ts';
import type { SqlState } from '../sql-state.ts';

export type QueryContext = {
  readonly db: Db;
  readonly grid: Uint8Array;
  readonly chain: Chain;
  readonly state: SqlState;
  readonly authors: Authors;
  readonly outbox: Outbox;
  readonly unexplained: (totals: Totals) => bigint;
};

/** The functions that answer some of the queries. */
export type Answers<Q extends QueryName> = { readonly [N in Q]: (input: Queries[N][0]) => Queries[N][1] };

/** No answer is longer than this, whatever was asked. */
export const limitOf = (limit: number): number => Math.max(0, Math.min(Math.floor(limit), 1000));

/** Cuts one item more than asked off, and says where the next page begins. */
export function pageOf<T>(rows: readonly T[], limit: number, cursorOf: (row: T) => number): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** Every cursor starts above all positions. */
export const fromCursor = (before: number | undefined): number => before ?? Number.MAX_SAFE_INTEGER;
