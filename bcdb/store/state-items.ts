/** Reads current objects out of the tables as leaves of the state tree: all, those changed since a height, or as of a height. */
import { decodeRecord } from '../../core/record.ts';
import { authorBytes, chainBytes, type LeafKind, type StateItem } from '../../core/state-tree.ts';
import type { StateKind } from '../state.ts';
import { createContractParts } from './contract-parts.ts';
import { currentTables } from './current-tables.ts';
import { type Db, hexOf, plain } from './database.ts';
import { positionOf } from './executor.ts';
import { isKey } from './short-key.ts';

export type ItemReader = {
  /** Every object, every author's chain. */
  all(): Iterable<StateItem>;
  /** Those that blocks above `height` changed; `version`: the last version that stands in the tree. */
  since(height: number, version: number): Iterable<StateItem>;
  lastVersion(): number;
};

const noKey = new Uint8Array(0);
const keyOf = (key: Uint8Array): string => (key.length === 0 ? 'grid' : hexOf(key));

const authorItem = (key: Uint8Array, seq: number, last: Uint8Array): StateItem => ({
  kind: 'author',
  key,
  bytes: authorBytes(seq, last),
  dueMs: null,
});

type AuthorRow = { key: Buffer; seq: number; last: Buffer };
type ObjectRow = { kind: StateKind; key: Buffer };

/** Prepares all statements once. */
export function createItemReader(db: Db): ItemReader {
  const tables = currentTables(db);
  const dueOf = db.prepare<[string, Uint8Array], number>('SELECT due_ms FROM due WHERE kind = ? AND key = ?').pluck();
  const everyObject = db.prepare<[], ObjectRow>(
    `SELECT 'account' AS kind, key FROM accounts UNION ALL SELECT 'profile', key FROM profiles
     UNION ALL SELECT 'farm', key FROM farms UNION ALL SELECT 'node', key FROM nodes
     UNION ALL SELECT 'contract', key FROM contracts UNION ALL SELECT kind, x'' FROM singletons`,
  );
  const everyAuthor = db.prepare<[], AuthorRow>('SELECT key, seq, last FROM authors');
  const changedObjects = db.prepare<[number], ObjectRow>('SELECT DISTINCT kind, key FROM versions WHERE position > ?');
  const changedAuthors = db.prepare<[number], AuthorRow>(
    `SELECT key, seq, last FROM authors
     WHERE key IN (SELECT author FROM records WHERE position >= ? AND is_counted = 1)`,
  );
  const lastVersion = db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM versions').pluck();

  function itemOf({ kind, key }: ObjectRow): StateItem {
    const bytes = tables.read(kind, keyOf(key)) ?? noKey;
    const hasDue = kind === 'contract' || kind === 'node';
    return { kind, key: plain(key), bytes, dueMs: hasDue ? (dueOf.get(kind, key) ?? null) : null };
  }

  function* itemsOf(objects: Iterable<ObjectRow>, authors: Iterable<AuthorRow>): Iterable<StateItem> {
    for (const row of objects) yield itemOf(row);
    for (const { key, seq, last } of authors) yield authorItem(plain(key), seq, plain(last));
  }

  return {
    all: () => itemsOf(everyObject.iterate(), everyAuthor.iterate()),
    since: (height, version) => itemsOf(changedObjects.all(version), changedAuthors.all(positionOf(height + 1, 0))),
    lastVersion: () => lastVersion.get() ?? 0,
  };
}

type VersionRow = { value: Buffer; due_ms: number | null };

/**
 * Reads one leaf's object as it stood after the block of a height; undefined when it was not there yet. For heights whose
 * records and versions are kept.
 */
export function createItemReaderAt(
  db: Db,
): (subject: { readonly kind: LeafKind; readonly key: Uint8Array }, height: number) => StateItem | undefined {
  const parts = createContractParts(db);
  const version = db.prepare<[string, Uint8Array, Uint8Array, number], VersionRow>(
    `SELECT value, due_ms FROM versions WHERE kind = ? AND ${isKey('key')} AND height <= ? ORDER BY height DESC LIMIT 1`,
  );
  const total = db.prepare<[number], number>('SELECT record_total FROM blocks WHERE height = ?').pluck();
  const author = db.prepare<[Uint8Array], AuthorRow>('SELECT key, seq, last FROM authors WHERE key = ?');
  const positionAt = db
    .prepare<[Uint8Array, Uint8Array, number], number>(
      `SELECT position FROM records WHERE ${isKey('author')} AND seq = ? AND is_counted = 1`,
    )
    .pluck();
  const bytesAt = db.prepare<[number], Buffer>('SELECT bytes FROM records WHERE position = ?').pluck();

  /** Seqs grow with positions: the first of an author's records above the height, by halving; its prev is the end before. */
  function authorAt(key: Uint8Array, height: number): StateItem | undefined {
    const end = author.get(key);
    if (end === undefined) return undefined;
    const from = positionOf(height + 1, 0);
    const isLater = (seq: number): boolean => (positionAt.get(key, key, seq) ?? -1) >= from;
    if (!isLater(end.seq)) return authorItem(key, end.seq, plain(end.last));
    let [earlier, later] = [0, end.seq];
    while (later - earlier > 1) {
      const middle = Math.floor((earlier + later) / 2);
      if (isLater(middle)) later = middle;
      else earlier = middle;
    }
    const bytes = bytesAt.get(positionAt.get(key, key, later) ?? -1);
    if (earlier === 0 || bytes === undefined) return undefined;
    return authorItem(key, earlier, decodeRecord(plain(bytes)).prev);
  }

  return ({ kind, key }, height) => {
    if (kind === 'author') return authorAt(key, height);
    if (kind === 'chain') {
      const count = total.get(height);
      return count === undefined ? undefined : { kind, key, bytes: chainBytes(count), dueMs: null };
    }
    const row = version.get(kind, key, key, height);
    if (row === undefined) return undefined;
    const bytes = kind === 'contract' ? parts.join(plain(row.value)) : plain(row.value);
    return { kind, key, bytes, dueMs: row.due_ms };
  };
}
