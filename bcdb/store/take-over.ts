/**
 * A replica that began with a snapshot takes over the history that was verified beside it: the verified database, brought to
 * the same head, replaces its own. Also what a light replica keeps of it. A kill at any moment loses nothing: until the
 * verified database says that it is ready, nothing changed; from then on every start completes the change first.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { equalBytes, zero32 } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import { AppError, codeOf } from '../../core/errors.ts';
import type { Chain } from './chain.ts';
import { type Db, storageError } from './database.ts';

/** Where the history is verified, inside a replica's folder. */
export const verifyFolder = (folder: string): string => join(folder, 'verify');

/** What is this replica's own, not the grid's: whole tables, and what is remembered but for the chain. */
const ownTables = ['outbox', 'evidence', 'signed', 'prepares', 'locks', 'moved'] as const;
const ownNames = ['invitation', 'bootstrap-port', 'reach', 'alarm', 'told-heads', 'healed'] as const;

/** Gives `theirs` the blocks of `ours` that it lacks. Throws `replica/diverged` when they do not end at one head. */
export function bringTo(ours: Chain, theirs: Chain, apply: (block: Uint8Array) => unknown): void {
  for (let height = (theirs.head?.height ?? -1) + 1; height <= (ours.head?.height ?? -1); height++) {
    const block = ours.blockBytes(height);
    if (block === undefined) throw ours.missing(height);
    apply(block);
  }
  if (!equalBytes(ours.head?.hash ?? zero32, theirs.head?.hash ?? zero32)) {
    throw new AppError('replica/diverged', 'the verified history has another head');
  }
}

/**
 * `verified` has the same head as `own`: copies what is this replica's alone, and says that it is ready. From here on `own`
 * must not be written any more. What fails before it is said, on a full disk above all, can be done again. `verified` is to be
 * closed after this.
 */
export function makeReady(verified: Db, own: Db): void {
  const remember = verified.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)');
  verified.transaction(() => {
    for (const table of ownTables) {
      const columns = own.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
      verified.exec(`DELETE FROM ${table}`);
      const insert = verified.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => '?').join(', ')})`);
      // In the order in which they were written: what was signed may only grow.
      for (const row of own.prepare<[], unknown[]>(`SELECT * FROM ${table} ORDER BY 1, 2`).raw().all())
        insert.run(...row);
    }
    const names = ownNames.map(() => '?').join(', ');
    const meta = own.prepare<unknown[], unknown[]>(`SELECT name, value FROM meta WHERE name IN (${names})`).raw();
    for (const row of meta.all(...ownNames)) remember.run(...row);
  })();
  sayReady(verified);
}

/**
 * From here on every start puts this database in the place of the present one. First all of it comes into the one file: what is
 * ready needs neither a log beside it nor room on the disk. `db` is to be closed after this; not inside a transaction.
 */
export function sayReady(db: Db): void {
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.pragma('journal_mode = DELETE');
  db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run('take-over', encode('ready'));
}

/** Call with the folder's lock and no open database in it. Throws `replica/disk-full` when it cannot tell. */
export function completeTakeOver(folder: string): void {
  const verified = join(verifyFolder(folder), 'replica.db');
  // Without its database, the folder is what a kill left of one that is no more needed.
  if (!existsSync(verified)) rmSync(verifyFolder(folder), { recursive: true, force: true });
  else if (isReady(verified)) replaceBy(verified, folder);
}

function replaceBy(verified: string, folder: string): void {
  // Whatever the log beside the old database holds, the verified one has it.
  for (const end of ['-wal', '-shm']) rmSync(join(folder, `replica.db${end}`), { force: true });
  renameSync(verified, join(folder, 'replica.db'));
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
  rmSync(verifyFolder(folder), { recursive: true, force: true });
}

/** One that is damaged is not ready for anything; of one that cannot be read for want of room nobody knows. */
function isReady(path: string): boolean {
  const db = new Database(path);
  try {
    const hasMeta = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").get() !== undefined;
    return hasMeta && db.prepare("SELECT 1 FROM meta WHERE name = 'take-over'").get() !== undefined;
  } catch (error) {
    if (codeOf(storageError(error)) === 'replica/corrupt') return false;
    throw error;
  } finally {
    db.close();
  }
}

/** What the verification proved is kept where people look for it. The same again is kept once. */
export function keepEvidence(own: Db, folder: string): void {
  const path = join(verifyFolder(folder), 'replica.db');
  if (!existsSync(path)) return;
  own.prepare('ATTACH ? AS verified').run(path);
  try {
    own.exec(
      `INSERT INTO main.evidence (what, height, author, seq, ours, theirs, found_ms, detail)
       SELECT what, height, author, seq, ours, theirs, found_ms, detail FROM verified.evidence AS found
       WHERE found.what <> 'author-fork' AND NOT EXISTS (
         SELECT 1 FROM main.evidence AS kept
         WHERE kept.what = found.what AND kept.height IS found.height AND kept.ours = found.ours AND kept.theirs = found.theirs)`,
    );
  } finally {
    own.exec('DETACH verified');
  }
}

/** Heights a transaction. */
const stepHeights = 5000;

/**
 * What a light replica keeps of the verified history below `floor`: all headers with their certificates, and the records,
 * statements and histories of its own people. Again after a kill is harmless.
 */
export function keepHeads(own: Db, folder: string, floor: number): void {
  own.prepare('ATTACH ? AS verified').run(join(verifyFolder(folder), 'replica.db'));
  try {
    const heads = own.prepare(
      'INSERT OR IGNORE INTO main.blocks SELECT * FROM verified.blocks WHERE height >= ? AND height < ?',
    );
    for (let from = 1; from < floor; from += stepHeights) heads.run(from, Math.min(from + stepHeights, floor));
    const people = 'SELECT DISTINCT author FROM main.outbox';
    own.transaction(() => {
      for (const [table, whose] of [
        ['records', 'author'],
        ['ledger', 'account'],
        ['history', 'id'],
      ] as const) {
        own
          .prepare(
            `INSERT OR IGNORE INTO main.${table} SELECT * FROM verified.${table}
             WHERE height <= ? AND ${whose} IN (${people})`,
          )
          .run(floor);
      }
      own.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run('verified', encode(floor));
    })();
  } finally {
    own.exec('DETACH verified');
  }
}
