/**
 * Version 4: what queries are answered from beside the state itself. `aggregates` are counts and sums over the state at
 * the head; the full-text tables hold names, places and titles. All of it is written in the block's transaction
 * (queries/side-tables), is no part of what is hashed, and can be made again from the state at any time.
 */
import type { Db } from './database.ts';
import type { Migration } from './migrations.ts';
import { rebuildSideTables } from './queries/side-tables.ts';

const tables = `
  -- name and part say what is counted: ('contracts', 'running'), ('country', 'BE'). Sums outgrow 64 bits: decimal text.
  CREATE TABLE aggregates (
    name TEXT NOT NULL,
    part TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name, part)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE search_items (
    position INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('profile', 'farm')),
    key BLOB NOT NULL CHECK (length(key) = 32),
    UNIQUE (kind, key)
  ) STRICT;
  CREATE VIRTUAL TABLE search_texts USING fts5 (
    name, city, country,
    content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
  );

  CREATE VIRTUAL TABLE contract_titles USING fts5 (
    title,
    content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
  );
`;

/** Version 4. */
export const migration4: Migration = {
  version: 4,
  apply: (db: Db) => {
    db.exec(tables);
    rebuildSideTables(db);
  },
};
