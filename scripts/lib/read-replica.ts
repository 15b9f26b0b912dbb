// Opens the database of a replica to read only, at one moment, while the app may be running: no lock is taken, nothing is
// written. Answers the same queries as the app, by the same code.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Authors } from '../../bcdb/store/authors.ts';
import { Chain } from '../../bcdb/store/chain.ts';
import { withStorageErrors } from '../../bcdb/store/database.ts';
import { gridRules } from '../../bcdb/store/grid-rules.ts';
import { openMeta } from '../../bcdb/store/meta.ts';
import { migrations, versionOf } from '../../bcdb/store/migrations.ts';
import { Outbox } from '../../bcdb/store/outbox.ts';
import { openQueries, type QueryDesk } from '../../bcdb/store/queries/index.ts';
import { SqlState } from '../../bcdb/store/sql-state.ts';
import { AppError } from '../../core/errors.ts';

/** A replica as it stood when it was opened. */
export type ReadReplica = Pick<QueryDesk, 'answer'> & { close(): void };

const newest = migrations.at(-1)?.version ?? 0;

/** `folder`: a profile's `replica`; `expected`: its database version. Throws `replica/not-found | outdated | corrupt`. */
export function readReplica(folder: string, expected = newest): ReadReplica {
  const path = join(folder, 'replica.db');
  if (!existsSync(path)) throw new AppError('replica/not-found', path);
  return withStorageErrors(() => {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 2000 });
    try {
      const version = versionOf(db);
      if (version !== expected) {
        throw new AppError('replica/outdated', `database version ${version}, this code reads ${expected}`);
      }
      db.exec('BEGIN');
      const meta = openMeta(db);
      const grid = meta.get('grid');
      if (grid === undefined) throw new AppError('replica/not-found', 'no grid in this folder');
      const chain = new Chain(db, meta);
      const authors = new Authors(db);
      const state = new SqlState(db);
      const outbox = new Outbox(db, authors);
      const desk = openQueries({ db, grid, chain, state, authors, outbox, unexplained: gridRules.unexplained });
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

/** Counts the commits that other connections make to a replica's database. Throws as `readReplica`. */
export function openCommitCounter(folder: string): { count(): number; close(): void } {
  const path = join(folder, 'replica.db');
  if (!existsSync(path)) throw new AppError('replica/not-found', path);
  return withStorageErrors(() => {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 2000 });
    return { count: () => Number(db.pragma('data_version', { simple: true })), close: () => void db.close() };
  });
}
