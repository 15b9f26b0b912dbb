/**
 * Brings a snapshot into an empty database, piece by piece: each is proven against the certified root before it is written,
 * and written with the note that it is here in one transaction, so that a fetch goes on where it was killed. The last step
 * hashes all leaves as they stand on disk, and only then makes the snapshot's block the head.
 */
import { decodeBlock, headerHash } from '../../core/block.ts';
import { equalBytes } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import { appendPeak, leafHash } from '../../core/merkle.ts';
import { decodeRecord } from '../../core/record.ts';
import {
  type CheckedManifest,
  checkManifest,
  checkPiece,
  type ManifestCheck,
  type PieceAsk,
} from '../../core/snapshot.ts';
import { bucketHash, type StateItem, StateNodes } from '../../core/state-tree.ts';
import type { StateKind, Totals } from '../state.ts';
import { decodeObject } from './codec.ts';
import { createContractParts, splitStored } from './contract-parts.ts';
import { currentTables } from './current-tables.ts';
import { type Db, hexOf, plain } from './database.ts';
import { positionOf } from './executor.ts';
import type { Meta } from './meta.ts';
import { rebuildSideTables } from './queries/side-tables.ts';
import { fastSha256 } from './sha256.ts';
import { isKey } from './short-key.ts';
import type { Changed } from './sql-state.ts';
import { entryOf, readEntries, treeStore } from './tree-store.ts';

/** A piece that is here: `items` null for a whole one, else so many of a bucket's objects. */
export type PieceHere = { readonly level: number; readonly position: number; readonly items: number | null };

export type SnapshotImport = {
  readonly manifest: CheckedManifest;
  readonly here: readonly PieceHere[];
  /**
   * Writes a piece. `halves`: it has to be asked for in two; a number: the bucket goes on behind so many objects; null: done.
   * Throws `snapshot/*` or `cbor/*` for a lie, and writes nothing then.
   */
  add(ask: PieceAsk, bytes: Uint8Array): 'halves' | number | null;
  /** All pieces are here. Throws `snapshot/wrong-root` when what stands on disk is not the certified state. */
  finish(): void;
};

/** The import that was begun in this database and not finished. */
export function importUnderWay(meta: Meta): Uint8Array | undefined {
  return meta.get('floor') === undefined ? meta.get('import') : undefined;
}

/** What of `meta` stays when an import is given up. */
const lasting = "'grid', 'invitation', 'bootstrap-port', 'reach', 'alarm', 'told-heads', 'healed'";
/** And what of the tables: records of a replica that lost its database may wait, and lies were lies. */
const lastingTables: ReadonlySet<string> = new Set(['meta', 'outbox', 'evidence']);

/** Every row of every table but these, in one transaction. */
export function emptyDatabase(db: Db): void {
  const tables = db
    .prepare<[], { name: string; type: string }>(
      `SELECT name, type FROM pragma_table_list
       WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .all();
  db.transaction(() => {
    db.pragma('defer_foreign_keys = ON');
    for (const { name, type } of tables) {
      if (lastingTables.has(name)) continue;
      db.exec(type === 'virtual' ? `INSERT INTO ${name} (${name}) VALUES ('delete-all')` : `DELETE FROM ${name}`);
    }
    db.exec(`DELETE FROM meta WHERE name NOT IN (${lasting})`);
  })();
}

/** Begins an import, or goes on with one of the same manifest. Throws as `checkManifest`. */
export function openImport(db: Db, meta: Meta, manifestBytes: Uint8Array, check: ManifestCheck): SnapshotImport {
  const manifest = checkManifest(manifestBytes, check);
  const writeItem = itemWriter(db, manifest.height);
  const store = treeStore(db);
  const selectPieces = db.prepare<[], PieceHere>('SELECT level, position, items FROM snapshot_pieces');
  const upsertPiece = db.prepare(
    `INSERT INTO snapshot_pieces VALUES (?, ?, ?)
     ON CONFLICT (level, position) DO UPDATE SET items = excluded.items`,
  );
  const isHere = db
    .prepare<[number, number], number>(
      'SELECT coalesce(items, -1) FROM snapshot_pieces WHERE level = ? AND position = ?',
    )
    .pluck();
  meta.set('import', manifestBytes);

  function add(ask: PieceAsk, bytes: Uint8Array): 'halves' | number | null {
    if (ask.height !== manifest.height) throw new AppError('snapshot/malformed', 'a piece of another snapshot');
    const piece = checkPiece(bytes, ask, manifest.stateRoot, fastSha256);
    if (piece === undefined) return 'halves';
    const before = isHere.get(ask.level, ask.position) ?? 0;
    if (before !== ask.skip) return before === -1 ? null : before;
    const items = piece.isWhole ? null : ask.skip + piece.itemCount;
    db.transaction(() => {
      for (const [bucket, inside] of piece.buckets) {
        const entries = inside.map(({ item, leaf }) => entryOf(item, leaf).bytes);
        store.setLeaves(bucket, Buffer.concat([...(ask.skip === 0 ? [] : [store.leaves(bucket)]), ...entries]));
        for (const { item } of inside) writeItem(item);
      }
      upsertPiece.run(ask.level, ask.position, items);
    })();
    return items;
  }

  return {
    manifest,
    here: selectPieces.all(),
    add,
    finish: () => db.transaction(() => finishImport(db, meta, manifest))(),
  };
}

/** Writes one object as it stands at the snapshot's height. Contracts get their row at the end, when all nodes are here. */
function itemWriter(db: Db, height: number): (item: StateItem) => void {
  const tables = currentTables(db);
  const parts = createContractParts(db);
  const insertAuthor = db.prepare('INSERT INTO authors VALUES (?, ?, ?)');
  const insertVersion = db.prepare('INSERT INTO versions (kind, key, height, value, due_ms) VALUES (?, ?, ?, ?, ?)');
  const insertDue = db.prepare('INSERT INTO due VALUES (?, ?, ?)');
  const insertTotal = db.prepare('INSERT INTO meta VALUES (?, ?)');

  return ({ kind, key, bytes, dueMs }) => {
    if (kind === 'author') {
      const [seq, last] = decode(bytes) as [number, Uint8Array];
      insertAuthor.run(key, seq, last);
      return;
    }
    if (kind === 'chain') {
      insertTotal.run('import-total', bytes);
      return;
    }
    const stored = kind === 'contract' ? parts.store(splitStored(bytes)) : bytes;
    insertVersion.run(kind, key, height, stored, dueMs);
    if (dueMs !== null) insertDue.run(kind, key, dueMs);
    if (kind !== 'contract') tables.write([{ change: changeOf(kind, key, bytes), stored }]);
  };
}

function changeOf(kind: StateKind, key: Uint8Array, bytes: Uint8Array): Changed {
  return { kind, key: key.length === 0 ? 'grid' : hexOf(key), value: decodeObject(kind, bytes) } as Changed;
}

/** In one transaction: contracts' rows, the tree, and the head. */
function finishImport(db: Db, meta: Meta, manifest: CheckedManifest): void {
  const { height, head, stateRoot, peaks } = manifest;
  writeContracts(db);
  const store = treeStore(db);
  const hashes = new Map<number, Uint8Array>();
  for (const { bucket, leaves } of store.filled()) {
    const found = readEntries(leaves).map(({ leaf }) => leaf);
    hashes.set(bucket, bucketHash(found, fastSha256));
  }
  const nodes = StateNodes.empty(fastSha256).with(hashes);
  if (!equalBytes(nodes.root, stateRoot)) throw new AppError('snapshot/wrong-root', `height ${height}, on disk`);
  checkSums(db);
  rebuildSideTables(db);
  store.setNodes(height, nodes, undefined);
  store.setRoot(height, peaks);
  const lastVersion = db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM versions').pluck().get() ?? 0;
  meta.set('state-tree', encode([height, lastVersion]));
  const total = db.prepare<[], Buffer>("SELECT value FROM meta WHERE name = 'import-total'").pluck().get();
  if (total === undefined) throw new AppError('snapshot/wrong-root', 'no count of records');
  const [recordTotal] = decode(plain(total)) as [number];
  const insertBlock = db.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const genesis = decodeBlock(manifest.genesis);
  for (const [block, records] of [
    [genesis, 1],
    [{ header: head, headerBytes: manifest.header, certificate: manifest.certificate }, recordTotal],
  ] as const) {
    const { header, headerBytes, certificate } = block;
    const { timeMs, execHash, recordCount } = header;
    const hash = headerHash(headerBytes);
    const signed = encode(certificate);
    // How many records were rejected, the header does not say.
    insertBlock.run(
      header.height,
      hash,
      headerBytes,
      signed,
      certificate.length,
      timeMs,
      execHash,
      recordCount,
      0,
      records,
    );
  }
  const [record = new Uint8Array(0)] = genesis.records;
  const { id, author, seq, kind } = decodeRecord(record);
  db.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
    positionOf(0, 0),
    0,
    id,
    author,
    seq,
    kind,
    'ok',
    1,
    record,
  );
  meta.set('peaks', encode(appendPeak(peaks, leafHash(headerHash(manifest.header)))));
  if (manifest.guardians.length > 0) meta.set('guardian-links', encode(manifest.guardians));
  meta.set('floor', encode(height));
  db.exec("DELETE FROM snapshot_pieces; DELETE FROM meta WHERE name IN ('import', 'import-total')");
}

/** In the order in which they were recorded, which is the order of their rows. */
function writeContracts(db: Db): void {
  const tables = currentTables(db);
  const parts = createContractParts(db);
  const rows = db.prepare<[], { key: Buffer; value: Buffer }>(
    "SELECT key, value FROM versions WHERE kind = 'contract'",
  );
  const contracts = Array.from(rows.iterate(), ({ key, value }) => ({
    key,
    recordedMs: decodeObject('contract', plain(value)).recordedMs,
  }));
  const read = db
    .prepare<[Buffer, Buffer], Buffer>(`SELECT value FROM versions WHERE kind = 'contract' AND ${isKey('key')}`)
    .pluck();
  contracts.sort((a, b) => a.recordedMs - b.recordedMs || Buffer.compare(a.key, b.key));
  for (const { key } of contracts) {
    const value = read.get(key, key);
    if (value === undefined) continue;
    tables.write([{ change: changeOf('contract', key, parts.join(plain(value))), stored: value }]);
  }
}

/** The rows beside the objects hold the same money: what the books of the snapshot say. */
function checkSums(db: Db): void {
  const sums = db
    .prepare<[], { balances: bigint; locked: bigint }>(
      'SELECT coalesce(sum(balance), 0) AS balances, coalesce(sum(locked), 0) AS locked FROM accounts',
    )
    .safeIntegers()
    .get();
  const bytes = db.prepare<[], Buffer>("SELECT value FROM singletons WHERE kind = 'totals'").pluck().get();
  const totals: Totals | undefined = bytes === undefined ? undefined : decodeObject('totals', plain(bytes));
  if (totals === undefined || sums?.balances !== totals.balances || sums.locked !== totals.locked) {
    throw new AppError('snapshot/wrong-root', 'the accounts do not add up');
  }
}
