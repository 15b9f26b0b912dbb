/**
 * Builds a replica's database anew from its blocks, executing every one with all rules and signatures, and compares row by
 * row. Damaged blocks are fetched from somebody else. What was damaged is set aside with a date, never deleted.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError, codeOf } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { Chain } from './chain.ts';
import { type Db, openDatabase, withStorageErrors } from './database.ts';
import type { Rules } from './executor.ts';
import { openMeta } from './meta.ts';
import { Store } from './store.ts';
import { completeTakeOver, makeReady, verifyFolder } from './take-over.ts';

export type RebuildParts = {
  readonly rules: Rules;
  readonly verify: Verify;
  /** A block from elsewhere, for one that is damaged here; undefined: nobody has it. */
  readonly fetch?: ((height: number) => Uint8Array | undefined) | undefined;
  readonly onProgress?: ((height: number, ofHeight: number) => void) | undefined;
};

export type Rebuilt = { readonly height: number; readonly fetched: readonly number[] };

const noop = (): void => undefined;

/** Into `target`, an empty folder. Throws `replica/pruned` where not all blocks are kept, `replica/corrupt` for one that is lost. */
export function rebuildInto(target: string, source: Db, parts: RebuildParts): Rebuilt {
  const { rules, verify, fetch = noop, onProgress = noop } = parts;
  const meta = openMeta(source);
  const chain = new Chain(source, meta);
  const grid = meta.get('grid');
  if (grid === undefined) throw new AppError('replica/not-found', 'no grid in this database');
  if (chain.floor > 0) throw new AppError('replica/pruned', `blocks up to ${chain.floor} are not kept`);
  const head = source.prepare<[], number>('SELECT coalesce(max(height), -1) FROM blocks').pluck().get() ?? -1;
  const events = { head: noop, outbox: noop, alarm: noop, defect: noop };
  const store = new Store({ folder: target, start: { how: 'join', grid }, rules, verify, clock: Date.now, events });
  const fetched: number[] = [];
  try {
    for (let height = 0; height <= head; height++) {
      if (!applyOwn(store, chain, height)) {
        const block = fetch(height);
        if (block === undefined) throw new AppError('replica/corrupt', `block ${height} is damaged, and nobody has it`);
        store.apply(block);
        fetched.push(height);
      }
      onProgress(height, head);
    }
    return { height: head, fetched };
  } finally {
    store.close();
  }
}

const damaged: ReadonlySet<unknown> = new Set(['replica/bad-block', 'replica/bad-certificate', 'replica/corrupt']);

/** False when the block that is stored here is not what the guardians certified. */
function applyOwn(store: Store, chain: Chain, height: number): boolean {
  let block: Uint8Array | undefined;
  try {
    block = chain.blockBytes(height);
  } catch {
    return false;
  }
  if (block === undefined) return false;
  try {
    store.apply(block);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (damaged.has(code) || code?.startsWith('cbor/') === true) return false;
    throw error;
  }
}

/** Tables that are this replica's own, and those that hold only what queries find by (their content is compared elsewhere). */
const ownTables: ReadonlySet<string> = new Set([
  'meta',
  'outbox',
  'signed',
  'prepares',
  'locks',
  'moved',
  'evidence',
  'snapshot_pieces',
]);
const sharedMeta = "name IN ('grid', 'peaks', 'state-tree', 'history-chunks', 'guardian-links')";

/** The first difference of every table of the grid: none when both hold the same rows. */
export function compareRows(ours: Db, theirs: Db): readonly string[] {
  const names = (db: Db): readonly string[] =>
    db
      .prepare<[], string>(
        `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'shadow')
         AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
      )
      .pluck()
      .all();
  const compared = names(theirs).filter((name) => !ownTables.has(name));
  const queries = [
    ...compared.map((name) => [name, `SELECT * FROM "${name}"`] as const),
    ['meta', `SELECT name, value FROM meta WHERE ${sharedMeta} ORDER BY name`] as const,
  ];
  return queries.flatMap(([name, sql]) => {
    const difference = firstDifference(ours, theirs, sql);
    return difference === undefined ? [] : [`${name}: ${difference}`];
  });
}

function firstDifference(ours: Db, theirs: Db, sql: string): string | undefined {
  const open = (db: Db) => db.prepare<[], unknown[]>(sql).raw().safeIntegers().iterate();
  const [one, other] = [open(ours), open(theirs)];
  try {
    for (let row = 0; ; row++) {
      const [a, b] = [one.next(), other.next()];
      if (a.done === true && b.done === true) return undefined;
      if (a.done === true || b.done === true) return `${a.done === true ? 'ends' : 'goes on'} at row ${row}`;
      const isSame = a.value.every((value, column) => isEqual(value, b.value[column]));
      if (!isSame) return `row ${row} is another`;
    }
  } catch (error) {
    return String(error);
  } finally {
    one.return?.();
    other.return?.();
  }
}

const isEqual = (a: unknown, b: unknown): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;

/** Moves a folder's database aside under a name with a date; answers that name. */
function setAside(folder: string, now: Date): string {
  const name = `replica.damaged-${now.toISOString().replaceAll(':', '-').slice(0, 19)}.db`;
  for (const end of ['-wal', '-shm', '']) {
    const from = join(folder, `replica.db${end}`);
    if (existsSync(from)) renameSync(from, join(folder, `${name}${end}`));
  }
  return name;
}

/**
 * Puts a database that was built anew in the place of the present one, which is set aside: with this replica's own things,
 * as far as they can be read. A kill at any moment leaves one of the two.
 */
export function replaceByRebuilt(folder: string, parts: RebuildParts, now: Date): Rebuilt & { readonly aside: string } {
  const target = verifyFolder(folder);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const present = openDatabase(folder);
  let rebuilt: Rebuilt;
  try {
    rebuilt = withStorageErrors(() => rebuildInto(target, present.db, parts));
    const fresh = new Database(join(target, 'replica.db'));
    try {
      makeReady(fresh, present.db);
    } finally {
      fresh.close();
    }
    present.db.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    present.close();
  }
  const aside = setAside(folder, now);
  openDatabase(folder, completeTakeOver).close();
  return { ...rebuilt, aside };
}
