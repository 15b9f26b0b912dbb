/**
 * Brings a database to the newest version: each migration's statements and its version number commit in one
 * transaction. A database from the future is refused and left as it is.
 */
import { AppError } from '../../core/errors.ts';
import type { Db } from './database.ts';
import { migration1 } from './migration-1.ts';
import { migration2 } from './migration-2.ts';
import { migration3 } from './migration-3.ts';
import { migration4 } from './migration-4.ts';
import { migration5 } from './migration-5.ts';

/** One step; frozen once shipped. `version` is the version that the database has after it. */
export type Migration = { readonly version: number; readonly apply: (db: Db) => void };

/** All steps in order. */
export const migrations: readonly Migration[] = [migration1, migration2, migration3, migration4, migration5];

/** Version of a database; 0 for a new one. */
export const versionOf = (db: Db): number => Number(db.pragma('user_version', { simple: true }));

/** Throws `replica/outdated` when the database is newer than the newest of `steps`; it is never changed then. */
export function migrate(db: Db, steps: readonly Migration[] = migrations): void {
  const newest = steps.at(-1)?.version ?? 0;
  const present = versionOf(db);
  if (present > newest) {
    throw new AppError('replica/outdated', `database version ${present}, this app knows ${newest}`);
  }
  for (const step of steps) {
    if (step.version <= versionOf(db)) continue;
    db.transaction(() => {
      step.apply(db);
      db.pragma(`user_version = ${step.version}`);
    })();
  }
}
