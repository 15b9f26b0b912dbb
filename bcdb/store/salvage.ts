/**
 * What can still be read of a replica's own things in a damaged database: what it remembers, its outbox row by row, its
 * evidence, and whether a guardian made promises there. Reading only; a row that is not what it says is left out and counted.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import * as v from 'valibot';
import { equalBytes } from '../../core/bytes.ts';
import { decode } from '../../core/cbor.ts';
import { codeOf } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { certifiedHeadSchema } from '../../core/proofs-history.ts';
import { type Db, isStorageError, plain } from './database.ts';
import { incomingOf, judgeEnvelope } from './executor.ts';
import { readWayBack, wayOf } from './way-back.ts';

/** Small things that outlive the database, and their shapes; the grid and the invitation come with the way back. */
const remembered = {
  alarm: v.strictTuple([v.string(), v.string()]),
  'told-heads': v.array(certifiedHeadSchema),
} as const;

export type Salvage = {
  readonly meta: readonly (readonly [name: string, value: Uint8Array])[];
  /** Whole rows, in the order of their columns. */
  readonly outbox: readonly OutboxRow[];
  readonly evidence: readonly unknown[][];
  /** Rows of the outbox that are known of and are not what they must be, or cannot be read. */
  readonly lostRows: number;
  /** The outbox was read to its end: there is no row beside those that are known of. */
  readonly isOutboxWhole: boolean;
};

export type OutboxRow = {
  readonly position: number;
  readonly id: Buffer;
  readonly author: Buffer;
  readonly seq: number;
  readonly kind: string;
  readonly bytes: Buffer;
  readonly state: string;
  readonly code: string | null;
  readonly height: number | null;
  readonly created_ms: number;
};

/** Undefined for what SQLite cannot read. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isStorageError(error)) return undefined;
    throw error;
  }
}

/** Rows until the first page that cannot be read. */
function readToDamage<T>(db: Db, sql: string): { readonly rows: readonly T[]; readonly isWhole: boolean } {
  const rows: T[] = [];
  const isWhole = attempt(() => {
    for (const row of db.prepare<[], T>(sql).iterate()) rows.push(row);
    return true;
  });
  return { rows, isWhole: isWhole === true };
}

/** `db` is undefined when not even its list of tables can be read. */
function withDamaged<T>(folder: string, work: (db: Db | undefined) => T): T {
  const path = join(folder, 'replica.db');
  const db = existsSync(path)
    ? attempt(() => new Database(path, { readonly: true, fileMustExist: true, timeout: 2000 }))
    : undefined;
  try {
    const isReadable = attempt(() => db?.prepare('SELECT count(*) FROM sqlite_schema').get()) !== undefined;
    return work(isReadable ? db : undefined);
  } finally {
    db?.close();
  }
}

/** Whether anything that a guardian promised can be read there. */
export const holdsPromises = (folder: string): boolean =>
  withDamaged(folder, (db) =>
    ['signed', 'prepares', 'locks', 'moved'].some(
      (table) => attempt(() => db?.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get()) !== undefined,
    ),
  );

/** Undefined when nothing says any more which grid it was, and how to find it. */
export function salvage(folder: string, verify: Verify): Salvage | undefined {
  return withDamaged(folder, (db) => {
    const recall = (name: string): Uint8Array | undefined => {
      const select = () => db?.prepare<[string], unknown>('SELECT value FROM meta WHERE name = ?').pluck().get(name);
      const found = attempt(select);
      return found instanceof Uint8Array ? plain(found) : undefined;
    };
    const invitation = recall('invitation');
    const way = readWayBack(folder) ?? (invitation === undefined ? undefined : wayOf(invitation));
    if (way === undefined) return undefined;
    const others = (['alarm', 'told-heads'] as const).flatMap((name) => {
      const value = recall(name);
      return value !== undefined && isOfShape(remembered[name], value) ? [[name, value] as const] : [];
    });
    const saved = salvageOutbox(db, way.grid, verify);
    return {
      meta: [['grid', way.grid], ['invitation', way.invitation], ...others],
      ...saved,
      // A file that knows of no grid is not the one that was here.
      isOutboxWhole: saved.isOutboxWhole && recall('grid') !== undefined,
      evidence: db === undefined ? [] : evidenceOf(db),
    };
  });
}

function isOfShape(schema: v.GenericSchema, value: Uint8Array): boolean {
  try {
    return v.safeParse(schema, decode(value)).success;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return false;
  }
}

const evidenceOf = (db: Db): readonly unknown[][] => {
  const columns = 'position, what, height, author, seq, ours, theirs, found_ms, detail';
  return readToDamage<Record<string, unknown>>(db, `SELECT ${columns} FROM evidence ORDER BY position`).rows.map(
    (row) => Object.values(row),
  );
};

type SavedOutbox = Pick<Salvage, 'outbox' | 'lostRows' | 'isOutboxWhole'>;

/**
 * Row by row. Which rows there are is asked from both ends of the table and in both indexes, since any of these ways may end at
 * a damaged page.
 */
function salvageOutbox(db: Db | undefined, grid: Uint8Array, verify: Verify): SavedOutbox {
  if (db === undefined) return { outbox: [], lostRows: 0, isOutboxWhole: false };
  const ways = [
    'SELECT position FROM outbox NOT INDEXED ORDER BY position',
    'SELECT position FROM outbox NOT INDEXED ORDER BY position DESC',
    "SELECT position FROM outbox INDEXED BY outbox_by_state WHERE state IN ('pending', 'final', 'rejected')",
    'SELECT position FROM outbox INDEXED BY outbox_by_author ORDER BY author',
  ].map((sql) => readToDamage<{ position: number }>(db, sql));
  const known = new Set(ways.flatMap(({ rows }) => rows.map(({ position }) => position)));
  const read = attempt(() => db.prepare<[number], OutboxRow>('SELECT * FROM outbox WHERE position = ?'));
  const outbox: OutboxRow[] = [];
  for (const position of [...known].toSorted((a, b) => a - b)) {
    const row = attempt(() => read?.get(position));
    if (row !== undefined && isOwnRecord(row, grid, verify)) outbox.push(row);
  }
  return { outbox, lostRows: known.size - outbox.length, isOutboxWhole: ways[0]?.isWhole === true };
}

const states: ReadonlySet<unknown> = new Set(['pending', 'final', 'rejected']);

/** A row stands for a record that its author signed for this grid, and says of it what the record says. */
function isOwnRecord({ id, author, seq, kind, bytes, state }: OutboxRow, grid: Uint8Array, verify: Verify): boolean {
  if (!(bytes instanceof Uint8Array) || !states.has(state)) return false;
  const { envelope, isVerified } = incomingOf(plain(bytes));
  if (envelope === undefined || judgeEnvelope({ envelope, isVerified }, { grid, verify }) !== undefined) return false;
  return (
    equalBytes(envelope.id, plain(id)) &&
    equalBytes(envelope.author, plain(author)) &&
    envelope.seq === seq &&
    envelope.kind === kind
  );
}
