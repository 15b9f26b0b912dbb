/**
 * Version 3: the state tree and what snapshots need (docs/BCDB.md, "State tree"): due times beside the versions, the tree's
 * leaves and hashes, how far an import has come. A contract's immutable part moves out of its versions, where every change
 * of the contract wrote it again.
 */
import { createContractParts, splitStored } from './contract-parts.ts';
import { type Db, plain } from './database.ts';
import type { Migration } from './migrations.ts';

const tables = `
  ALTER TABLE versions ADD COLUMN due_ms INTEGER;
  -- Only latest versions: what time would have done to earlier ones, nobody asks.
  UPDATE versions SET due_ms = (SELECT d.due_ms FROM due d WHERE d.kind = versions.kind AND d.key = versions.key)
    WHERE kind IN ('contract', 'node') AND position IN (SELECT max(position) FROM versions GROUP BY kind, key);

  -- Document and approvals of contracts, by their hash.
  CREATE TABLE contract_parts (hash BLOB PRIMARY KEY CHECK (length(hash) = 32), bytes BLOB NOT NULL) STRICT;

  -- Per bucket its leaves in order: 1 byte kind, 32 bytes key (zeros for none), 32 bytes leaf hash.
  CREATE TABLE state_leaves (bucket INTEGER PRIMARY KEY CHECK (bucket BETWEEN 0 AND 65535), leaves BLOB NOT NULL) STRICT;

  -- Hashes of 256 buckets, as they were from this root on.
  CREATE TABLE state_hashes (
    page INTEGER NOT NULL CHECK (page BETWEEN 0 AND 255),
    height INTEGER NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) = 8192)
  ) STRICT;
  CREATE UNIQUE INDEX state_hashes_by_page ON state_hashes (page, height);

  -- Roots that can still be served as snapshots, with the peaks over all headers below theirs.
  CREATE TABLE state_roots (height INTEGER PRIMARY KEY, peaks BLOB NOT NULL) STRICT;

  -- What of a snapshot is here: whole subtrees (items NULL), or the first items of a bucket.
  CREATE TABLE snapshot_pieces (
    level INTEGER NOT NULL,
    position INTEGER NOT NULL,
    items INTEGER,
    PRIMARY KEY (level, position)
  ) STRICT;
`;

/** Rewrites what stands in a table of contracts' bytes. */
function splitAll(db: Db, table: 'contracts' | 'versions', where: string): void {
  const parts = createContractParts(db);
  const select = db.prepare<[], number>(`SELECT position FROM ${table} ${where}`).pluck();
  const read = db.prepare<[number], Buffer>(`SELECT value FROM ${table} WHERE position = ?`).pluck();
  const write = db.prepare(`UPDATE ${table} SET value = ? WHERE position = ?`);
  for (const position of select.all()) {
    const value = read.get(position);
    if (value !== undefined) write.run(parts.store(splitStored(plain(value))), position);
  }
}

export const migration3: Migration = {
  version: 3,
  apply(db) {
    db.exec(tables);
    splitAll(db, 'contracts', '');
    splitAll(db, 'versions', "WHERE kind = 'contract'");
  },
};
