/**
 * Version 2: what a guardian among several promised, and what was found to be a lie. Frozen once shipped.
 * `signed` keeps what it had: everything before was signed in epoch 0 (docs/BCDB.md, "Epochs").
 */
import type { Db } from './database.ts';
import type { Migration } from './migrations.ts';

const hash = 'hash BLOB NOT NULL CHECK (length(hash) = 32)';
const place = `
    height INTEGER NOT NULL CHECK (height >= 0),
    epoch INTEGER NOT NULL CHECK (epoch >= 0)`;

const promises = `
  ALTER TABLE signed RENAME TO signed_before;
  -- Headers that this guardian signed, by the epoch in which it did: one a height, another one only in a later epoch.
  CREATE TABLE signed (${place}, ${hash}, signature BLOB NOT NULL, PRIMARY KEY (height, epoch)) STRICT, WITHOUT ROWID;
  INSERT INTO signed SELECT height, 0, hash, signature FROM signed_before;
  DROP TABLE signed_before;
  CREATE TRIGGER signed_once BEFORE INSERT ON signed
    WHEN EXISTS (SELECT 1 FROM signed WHERE height = NEW.height AND epoch >= NEW.epoch)
    BEGIN SELECT RAISE (ABORT, 'signed in this epoch or a later one'); END;

  -- Headers that it prepared: one an epoch and height.
  CREATE TABLE prepares (${place}, ${hash}, statement BLOB NOT NULL, PRIMARY KEY (height, epoch)) STRICT, WITHOUT ROWID;

  -- The latest header that a quorum prepared, with their prepares and the block itself: an epoch may have to begin with it.
  CREATE TABLE locks (
    one INTEGER PRIMARY KEY CHECK (one = 1),${place},
    header BLOB NOT NULL,
    prepares BLOB NOT NULL,
    block BLOB NOT NULL
  ) STRICT;

  -- Nothing is prepared or signed in an epoch below.
  CREATE TABLE moved (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL CHECK (epoch >= 0)) STRICT;
`;

const evidence = `
  -- A second record for an author's seq: the first one is kept as evidence, and found by this.
  CREATE INDEX records_forked ON records (author, seq) WHERE verdict = 'record/forked';

  CREATE TABLE evidence (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL CHECK (what IN ('two-headers', 'divergence', 'shorter-history', 'author-fork', 'two-statements')),
    height INTEGER,
    author BLOB CHECK (author IS NULL OR length(author) = 32),
    seq INTEGER,
    ours BLOB NOT NULL,
    theirs BLOB NOT NULL,
    found_ms INTEGER NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
  CREATE INDEX evidence_by_author ON evidence (author, seq);
`;

/** Version 2. */
export const migration2: Migration = {
  version: 2,
  apply: (db: Db) => {
    db.exec(promises);
    db.exec(evidence);
  },
};
