/**
 * A damaged database of a replica that is no guardian is set aside, and an empty one takes its place with all that is this
 * replica's own and could be read: what the grid has is fetched again. A kill at any moment leaves one of the two, and nothing
 * of the damaged one is ever changed. A guardian's database holds its promises, and is never replaced.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decode, encode } from '../../core/cbor.ts';
import { codeOf } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { openToRead } from './backup.ts';
import { type Db, isStorageError, mayBeDamage, openDatabase, storageError, withFolderLock } from './database.ts';
import { guardianDamaged } from './guardian-damaged.ts';
import type { Meta } from './meta.ts';
import { migrate } from './migrations.ts';
import { holdsPromises, type Salvage, salvage } from './salvage.ts';
import { scrub } from './scrub.ts';
import { completeTakeOver, sayReady, verifyFolder } from './take-over.ts';
import { readWayBack } from './way-back.ts';

/** That a database was set aside. `lostRows` of the outbox were there and are not in the new one; `isOutboxWhole`: no others. */
export type Healed = {
  readonly atMs: number;
  readonly aside: string;
  readonly savedRows: number;
  readonly lostRows: number;
  readonly isOutboxWhole: boolean;
};

/** What this replica remembers of it; null: it never was. */
export function healedOf(meta: Meta): Healed | null {
  const bytes = meta.get('healed');
  if (bytes === undefined) return null;
  const [atMs, aside, savedRows, lostRows, isOutboxWhole] = decode(bytes) as [number, string, number, number, boolean];
  return { atMs, aside, savedRows, lostRows, isOutboxWhole };
}

export type AnewParts = { readonly folder: string; readonly verify: Verify; readonly nowMs: number };

/**
 * Whether an error at opening means that the database is damaged: it says so, or it is unexplained and a scrub finds damage,
 * or there is nothing where a replica of a grid was.
 */
export function isDamaged(error: unknown, { folder, verify }: Omit<AnewParts, 'nowMs'>): boolean {
  const known = storageError(error);
  const code = codeOf(known);
  if (code === 'replica/corrupt') return true;
  if (code === 'replica/not-found') return readWayBack(folder) !== undefined;
  const isUnexplained = code === undefined ? mayBeDamage(known) : code.startsWith('cbor/');
  if (!isUnexplained) return false;
  try {
    const db = openToRead(join(folder, 'replica.db'));
    try {
      return !scrub(db, verify).isWhole;
    } finally {
      db.close();
    }
  } catch (found) {
    return codeOf(found) === 'replica/corrupt';
  }
}

/**
 * Call with no open database in the folder. Throws `guardian/damaged` where a guardian's promises can be read, and `cause`
 * where nothing says which grid it was.
 */
export function beginAnew({ folder, verify, nowMs }: AnewParts, cause: unknown): void {
  withFolderLock(folder, () => {
    if (holdsPromises(folder)) throw guardianDamaged(cause);
    const saved = salvage(folder, verify);
    if (saved === undefined) throw cause;
    const target = verifyFolder(folder);
    rmSync(target, { recursive: true, force: true });
    const aside = `damaged-${new Date(nowMs).toISOString().replaceAll(':', '-').slice(0, 19)}`;
    const fresh = openDatabase(target);
    try {
      migrate(fresh.db);
      write(fresh.db, saved, { atMs: nowMs, aside, ...countsOf(saved) });
      setAside(folder, aside);
      sayReady(fresh.db);
    } finally {
      fresh.close();
    }
    completeTakeOver(folder);
  });
}

const countsOf = ({ outbox, lostRows, isOutboxWhole }: Salvage): Omit<Healed, 'atMs' | 'aside'> => ({
  savedRows: outbox.length,
  lostRows,
  isOutboxWhole,
});

function write(db: Db, { meta, outbox, evidence }: Salvage, healed: Healed): void {
  const { atMs, aside, savedRows, lostRows, isOutboxWhole } = healed;
  db.transaction(() => {
    const remember = db.prepare('INSERT INTO meta VALUES (?, ?)');
    for (const [name, value] of meta) remember.run(name, value);
    remember.run('healed', encode([atMs, aside, savedRows, lostRows, isOutboxWhole]));
    const insert = db.prepare(
      `INSERT INTO outbox VALUES (@position, @id, @author, @seq, @kind, @bytes, @state, @code, @height, @created_ms)`,
    );
    for (const row of outbox) insert.run(row);
    const prove = db.prepare('INSERT OR IGNORE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    for (const row of evidence) proveIfGood(() => prove.run(...row));
  })();
}

/** A row of evidence that was changed by damage so that it fits no more proves nothing. */
function proveIfGood(insert: () => unknown): void {
  try {
    insert();
  } catch (error) {
    if (!isStorageError(error) || codeOf(storageError(error)) !== undefined) throw error;
  }
}

/** The damaged files under a second name, and only the newest such folder is kept. */
function setAside(folder: string, aside: string): void {
  const target = join(folder, aside);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const end of ['', '-wal']) {
    const from = join(folder, `replica.db${end}`);
    if (existsSync(from)) linkOrCopy(from, join(target, `replica.db${end}`));
  }
  for (const name of readdirSync(folder)) {
    if (/^damaged-[-\dT]+$/.test(name) && name !== aside) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function linkOrCopy(from: string, to: string): void {
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
  } catch {
    // A file system without hard links.
    copyFileSync(from, to);
  }
}
