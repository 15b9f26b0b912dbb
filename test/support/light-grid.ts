// A grid with a history that is long enough for a light start, made at once; and all rows of a replica to compare.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Replica } from '../../bcdb/replica-api.ts';
import type { StoreOptions } from '../../bcdb/store/store-options.ts';
import { Author, type Founding, foundGrid } from './bcdb-grid.ts';
import { createTestGrid, type TestGrid } from './bcdb-replicas.ts';
import { historyRows, stateRows } from './bcdb-snapshot.ts';
import { openGuardianStore } from './bcdb-store.ts';

/** What alice, and whoever else is named, begin with. */
export const moneyEach = 1000n * 10_000_000n;

export type History = {
  /** Of the last block. */
  readonly height: number;
  /** Payments in every block. */
  readonly each: number;
  /** Every payment goes to somebody new: a snapshot then has many pieces. Else all go to bob. */
  readonly isCrowd?: boolean;
  /** Who has money beside alice. */
  readonly others?: readonly Author[];
  /** Of a guardian that executes by rules of its own. */
  readonly rules?: StoreOptions['rules'];
};

export type LongHistory = { readonly alice: Author; readonly bob: Author; readonly founding: Founding };

/** Who there is; the grid was founded an hour ago. */
export function foundLong(others: readonly Author[] = []): LongHistory {
  const alice = new Author('alice');
  const money = [alice, ...others].map((author) => [author, moneyEach] as const);
  return { alice, bob: new Author('bob'), founding: foundGrid(money, { createdMs: Date.now() - 3_600_000 }) };
}

/** Makes the guardian's folder. */
export function writeHistory(folder: string, { alice, bob, founding }: LongHistory, history: History): void {
  const { height, each, isCrowd = false, rules } = history;
  const time = { nowMs: Date.now() - 3_600_000 };
  const { store } = openGuardianStore(founding, { folder, time, ...(rules !== undefined && { rules }) });
  const to = (name: string): Uint8Array => (isCrowd ? createHash('sha256').update(name).digest() : bob.key);
  for (let at = 1; at <= height; at++) {
    time.nowMs += 1000;
    store.submit(Array.from({ length: each }, (_, index) => alice.transfer(founding.grid, to(`${at}:${index}`), 1n)));
    store.cut();
  }
  store.close();
}

export type LongGrid = LongHistory & {
  readonly made: TestGrid;
  readonly guardian: Replica;
  readonly invitation: string;
};

/** The same, with its guardian running. */
export async function openLongGrid(history: History): Promise<LongGrid> {
  const parts = foundLong(history.others);
  const made = await createTestGrid(parts.founding);
  writeHistory(made.folder('guardian'), parts, history);
  const guardian = await made.guardian({ how: 'open' });
  return { ...parts, made, guardian, invitation: await guardian.invitation() };
}

/** All rows of the state, and of the history above a height. */
export function rowsIn(folder: string, above: number) {
  const db = new Database(join(folder, 'replica.db'), { readonly: true });
  try {
    return { state: stateRows(db), history: historyRows(db, above) };
  } finally {
    db.close();
  }
}

export const heightOf = (replica: Replica): number => replica.state().head?.height ?? -1;
