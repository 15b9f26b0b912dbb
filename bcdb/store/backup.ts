/** Copies of a replica's database while it runs, and how large its parts are. Reading only. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { type Db, withStorageErrors } from './database.ts';
import { migrations, versionOf } from './migrations.ts';
import { type ScrubReport, scrub } from './scrub.ts';

/** Opens a database to read only, beside a store that may run. Throws `replica/not-found | outdated | corrupt`. */
export function openToRead(path: string): Db {
  if (!existsSync(path)) throw new AppError('replica/not-found', path);
  return withStorageErrors(() => {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
    const [version, newest] = [versionOf(db), migrations.at(-1)?.version ?? 0];
    if (version === newest) return db;
    db.close();
    throw new AppError('replica/outdated', `database version ${version}, this code reads ${newest}`);
  });
}

/**
 * A copy of a folder's database, as it stood at one moment, in `target`, which must not exist. It is scrubbed before it gets
 * its name: throws `replica/corrupt` when the copy, and so the database, is not sound. To restore, copy it to `replica.db`.
 */
export async function backUp(folder: string, target: string, verify: Verify | null): Promise<ScrubReport> {
  if (existsSync(target)) throw new AppError('ipc/bad-input', `${target} exists`);
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  const source = openToRead(join(folder, 'replica.db'));
  try {
    await source.backup(partial);
  } finally {
    source.close();
  }
  const copy = new Database(partial);
  let report: ScrubReport;
  try {
    // One file: who restores it copies nothing else.
    copy.pragma('journal_mode = DELETE');
    report = scrub(copy, verify);
  } finally {
    copy.close();
  }
  const [first] = report.findings;
  if (first !== undefined) throw new AppError('replica/corrupt', `${first.where}: ${first.what}; see ${partial}`);
  renameSync(partial, target);
  return report;
}

export type Sizes = {
  readonly fileBytes: number;
  readonly records: number;
  readonly bytesPerRecord: number;
  /** With their indexes, the largest first. */
  readonly tables: readonly { readonly table: string; readonly bytes: number; readonly bytesPerRecord: number }[];
};

export function sizesOf(db: Db): Sizes {
  const rows = db
    .prepare<[], { name: string; bytes: number }>(
      `SELECT coalesce(s.tbl_name, d.name) AS name, sum(d.pgsize) AS bytes
       FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name GROUP BY 1 ORDER BY 2 DESC`,
    )
    .all();
  const last = db.prepare<[], number>('SELECT record_total FROM blocks ORDER BY height DESC LIMIT 1').pluck();
  const records = last.get() ?? 0;
  const each = (bytes: number): number => (records === 0 ? 0 : Math.round(bytes / records));
  const fileBytes = rows.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    fileBytes,
    records,
    bytesPerRecord: each(fileBytes),
    tables: rows.map(({ name, bytes }) => ({ table: name, bytes, bytesPerRecord: each(bytes) })),
  };
}
