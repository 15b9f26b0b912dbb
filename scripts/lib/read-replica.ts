// Opens the database of a replica to read only, at one moment or from one to the next, while the app may be running: no lock is
// taken, nothing is written. Answers the same queries as the app, by the same code.

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { StateKind } from '../../bcdb/state.ts';
import { Authors } from '../../bcdb/store/authors.ts';
import { Chain } from '../../bcdb/store/chain.ts';
import { type Db, hexOf, plain, withStorageErrors } from '../../bcdb/store/database.ts';
import { gridRules } from '../../bcdb/store/grid-rules.ts';
import { openMeta } from '../../bcdb/store/meta.ts';
import { migrations, versionOf } from '../../bcdb/store/migrations.ts';
import { Outbox } from '../../bcdb/store/outbox.ts';
import { type GridIndex, openGridIndex } from '../../bcdb/store/queries/grid-index.ts';
import { openQueries, type QueryDesk } from '../../bcdb/store/queries/index.ts';
import { type Changed, SqlState } from '../../bcdb/store/sql-state.ts';
import { AppError } from '../../core/errors.ts';

/** A replica as it stood when it was opened. */
export type ReadReplica = Pick<QueryDesk, 'answer'> & { close(): void };

const newest = migrations.at(-1)?.version ?? 0;
const pathOf = (folder: string): string => join(folder, 'replica.db');

/** Throws `replica/not-found | outdated | corrupt`. */
function openReadOnly(folder: string, expected: number): Db {
  const path = pathOf(folder);
  if (!existsSync(path)) throw new AppError('replica/not-found', path);
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 2000 });
  try {
    const version = versionOf(db);
    if (version !== expected) {
      throw new AppError('replica/outdated', `database version ${version}, this code reads ${expected}`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** What is kept in memory of a database, read in the transaction that is open. */
function readerOn(db: Db, index: GridIndex) {
  const meta = openMeta(db);
  const grid = meta.get('grid');
  if (grid === undefined) throw new AppError('replica/not-found', 'no grid in this folder');
  const chain = new Chain(db, meta);
  const authors = new Authors(db);
  const state = new SqlState(db);
  const outbox = new Outbox(db, authors);
  const { unexplained } = gridRules;
  const desk = openQueries({ db, grid, chain, state, authors, outbox, unexplained }, index);
  return { desk, state, height: chain.head?.height ?? -1 };
}

/** `folder`: a profile's `replica`; `expected`: its database version. Throws `replica/not-found | outdated | corrupt`. */
export function readReplica(folder: string, expected = newest): ReadReplica {
  return withStorageErrors(() => {
    const db = openReadOnly(folder, expected);
    try {
      db.exec('BEGIN');
      const { desk } = readerOn(db, openGridIndex(db));
      return {
        answer: (name, input) => withStorageErrors(() => desk.answer(name, input)),
        close: () => void db.close(),
      };
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** A replica that is looked at again and again; what is kept of it in memory is brought on, not read anew. */
export type FollowedReplica = Pick<QueryDesk, 'answer'> & {
  /**
   * Looks at it as it is now, the first time and whenever it was written since: `work` may ask, and is told what the blocks
   * since changed. False: another database is in its place, and this one tells nothing any more.
   */
  look(work: (changes: readonly Changed[]) => void): boolean;
  close(): void;
};

/** No transaction stays open between two looks, so that the app's log of writes can be emptied. Throws as `readReplica`. */
export function followReplica(folder: string): FollowedReplica {
  return withStorageErrors(() => {
    const { ino } = statSync(pathOf(folder), { throwIfNoEntry: false }) ?? {};
    const db = openReadOnly(folder, newest);
    const index = openGridIndex(db);
    const changes = changeReader(db);
    let seen: unknown;
    let now: (ReturnType<typeof readerOn> & { readonly version: number }) | undefined;

    function bringOn(work: (changes: readonly Changed[]) => void): boolean {
      const before = now;
      const next = { ...readerOn(db, index), version: changes.last() };
      const isAnother = before !== undefined && (next.height < before.height || next.version < before.version);
      if (isAnother) return false;
      now = next;
      if (before?.height === next.height) return true;
      const since = before === undefined ? [] : changes.since(before.version, next.state);
      next.desk.committed(since);
      work(since);
      return true;
    }
    return {
      answer(name, input) {
        const desk = now?.desk;
        if (desk === undefined) throw new AppError('replica/closed', 'not looked at yet');
        return withStorageErrors(() => desk.answer(name, input));
      },
      look: (work) =>
        withStorageErrors(() => {
          if (statSync(pathOf(folder), { throwIfNoEntry: false })?.ino !== ino) return false;
          // SQLite's own count of what others committed.
          const commits = db.pragma('data_version', { simple: true });
          if (commits === seen) return true;
          seen = commits;
          return db.transaction(() => bringOn(work))();
        }),
      close: () => void db.close(),
    };
  });
}

/** What blocks changed, by the versions of objects that they left. */
function changeReader(db: Db) {
  const last = db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM versions').pluck();
  const since = db.prepare<[number], { readonly kind: StateKind; readonly key: Buffer }>(
    'SELECT DISTINCT kind, key FROM versions WHERE position > ?',
  );
  return {
    last: (): number => last.get() ?? 0,
    since: (version: number, state: SqlState): readonly Changed[] =>
      since.all(version).map(({ kind, key: bytes }) => {
        const key = bytes.length === 0 ? 'grid' : hexOf(plain(bytes));
        return { kind, key, value: state.get(kind, key) } as Changed;
      }),
  };
}
