/** What every query may read, and the pages they answer with. Nothing here writes. */
import type { After, Page, Queries, QueryName } from '../../replica-api.ts';
import type { Totals } from '../../state.ts';
import type { Authors } from '../authors.ts';
import type { Chain } from '../chain.ts';
import type { Db } from '../database.ts';
import type { Outbox } from '../outbox.ts';
import type { SqlState } from '../sql-state.ts';
import { decodePosition, encodePosition } from './cursor.ts';

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

/** What is read for a page: rows below a position, newest first, and where each stands. */
export type Newest<T> = {
  readonly read: (below: number, count: number) => readonly T[];
  readonly positionOf: (row: T) => number;
};

/** A page of rows by position, newest first. `question`: what the cursor is good for. Throws `query/bad-cursor`. */
export function newestFirst<T>(question: string, { after, limit }: After, { read, positionOf }: Newest<T>): Page<T> {
  const most = limitOf(limit);
  const below = after === undefined ? Number.MAX_SAFE_INTEGER : decodePosition(question, after);
  const rows = read(below, most + 1);
  const items = rows.slice(0, most);
  const last = items.at(-1);
  const isLast = rows.length <= most || last === undefined;
  return { items, next: isLast ? null : encodePosition(question, positionOf(last)) };
}
