/**
 * Opens the one SQLite file of a replica: durable settings, the lock that keeps a second process out, and the
 * translation of SQLite's errors into ours. Knows nothing of tables.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError, type ErrorCode } from '../../core/errors.ts';

export type Db = Database.Database;
export type Statement = Database.Statement;

/** An open database; `close` also gives the folder back. */
export type OpenDatabase = { readonly db: Db; close(): void };

const codes: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ['SQLITE_FULL', 'replica/disk-full'],
  ['SQLITE_IOERR_WRITE', 'replica/disk-full'],
  // The index beside the log, which every process needs that opens the database.
  ['SQLITE_IOERR_SHMSIZE', 'replica/disk-full'],
  ['SQLITE_CORRUPT', 'replica/corrupt'],
  ['SQLITE_NOTADB', 'replica/corrupt'],
  ['SQLITE_BUSY', 'replica/in-use'],
];

/** The AppError for anything thrown by SQLite; what is not SQLite's is returned as it is. */
export function storageError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const code = codes.find(([prefix]) => error.code.startsWith(prefix))?.[1];
  if (code === undefined) return error;
  return new AppError(code, `${error.code}: ${error.message}`, { cause: error, retry: code === 'replica/disk-full' });
}

/** True for an error that SQLite threw, whatever it means. */
export const isStorageError = (error: unknown): boolean => error instanceof Database.SqliteError;

/** Tables that are not there, rows that do not fit: what nothing else than damage explains may come from damage. */
export const mayBeDamage = (error: unknown): boolean =>
  !(error instanceof Database.SqliteError) || /^SQLITE_(ERROR|CONSTRAINT|MISMATCH)/.test(error.code);

/** Runs `work`, throwing our codes instead of SQLite's. */
export function withStorageErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storageError(error);
  }
}

/**
 * Holds the folder by an exclusive lock on an empty database beside the real one: the system drops it with the
 * process, however that ends. Throws `replica/in-use`.
 */
function lockFolder(folder: string): Db {
  const lock = new Database(join(folder, 'lock.db'), { timeout: 0 });
  try {
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw storageError(error);
  }
  return lock;
}

/** Runs `work` while no store has the folder open. Throws `replica/in-use`. */
export function withFolderLock<T>(folder: string, work: () => T): T {
  return withStorageErrors(() => {
    const lock = lockFolder(folder);
    try {
      return work();
    } finally {
      lock.close();
    }
  });
}

/**
 * Opens or makes `replica.db` in `folder`. `:memory:` for tests. `prepare`: what has to be done under the folder's lock before
 * any file in it is opened. Throws `replica/in-use | corrupt | disk-full`.
 */
export function openDatabase(folder: string, prepare: (folder: string) => void = () => undefined): OpenDatabase {
  return withStorageErrors(() => {
    const isMemory = folder === ':memory:';
    if (!isMemory) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lock = isMemory ? undefined : lockFolder(folder);
    try {
      if (!isMemory) prepare(folder);
      const db = settled(new Database(isMemory ? folder : join(folder, 'replica.db'), { timeout: 2000 }));
      const close = (): void => {
        db.close();
        lock?.close();
      };
      return { db, close };
    } catch (error) {
      lock?.close();
      throw error;
    }
  });
}

/** With the settings that last as long as it is open; closed when they cannot be made. */
function settled(db: Db): Db {
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    db.pragma('cache_size = -65536');
    db.pragma('temp_store = MEMORY');
    // 32 MiB: a block touches pages all over its indexes, which blocks after it touch again; each is copied once for many.
    db.pragma('wal_autocheckpoint = 8192');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite's Buffer as a plain Uint8Array over the same memory. */
export const plain = (blob: Uint8Array): Uint8Array => new Uint8Array(blob.buffer, blob.byteOffset, blob.length);

/** Bytes of a hex key as a SQLite parameter. */
export const blob = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** Lower-case hex of a blob. */
export const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

/** What a column takes. */
export type Value = Uint8Array | string | number | bigint | null;

/** Rows that one call of SQLite takes: a call costs about as much as a row. */
const rowsAtOnce = 16;

/** Writes many rows, in order. */
export type RowWriter = (rows: readonly (readonly Value[])[]) => void;

/** `insert`: the statement up to its values, `conflict`: what follows them; `columns`: values in a row. */
export function rowWriter(db: Db, insert: string, columns: number, conflict = ''): RowWriter {
  const row = `(${Array(columns).fill('?').join()})`;
  const prepare = (count: number): Statement => db.prepare(`${insert} ${Array(count).fill(row).join()} ${conflict}`);
  const [one, many] = [prepare(1), prepare(rowsAtOnce)];
  return (rows) => {
    const last = rows.length - (rows.length % rowsAtOnce);
    for (let at = 0; at < last; at += rowsAtOnce) many.run(rows.slice(at, at + rowsAtOnce).flat());
    for (const values of rows.slice(last)) one.run(values);
  };
}
