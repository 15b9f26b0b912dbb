/**
 * Version 1 of the replica's tables. Frozen once shipped: changes are further migrations.
 * Certified history (blocks, records, ledger, history, versions) is only ever appended to; current tables hold the
 * state at the head; `outbox` and `meta` belong to this replica alone.
 */
import type { Db } from './database.ts';
import type { Migration } from './migrations.ts';

const key = (name: string): string => `${name} BLOB NOT NULL CHECK (length(${name}) = 32)`;

const certified = `
  CREATE TABLE blocks (
    height INTEGER PRIMARY KEY CHECK (height >= 0),
    ${key('hash')},
    header BLOB NOT NULL,
    certificate BLOB NOT NULL,
    signatures INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    ${key('exec_hash')},
    record_count INTEGER NOT NULL,
    rejected_count INTEGER NOT NULL,
    record_total INTEGER NOT NULL
  ) STRICT;

  -- position = height * 2^17 + index in the block. is_counted: its envelope was valid, it took its author's seq.
  CREATE TABLE records (
    position INTEGER PRIMARY KEY,
    height INTEGER NOT NULL REFERENCES blocks (height),
    ${key('id')},
    author BLOB,
    seq INTEGER,
    kind TEXT,
    verdict TEXT NOT NULL,
    is_counted INTEGER NOT NULL CHECK (is_counted IN (0, 1)),
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX records_by_id ON records (id);
  CREATE UNIQUE INDEX records_by_author ON records (author, seq) WHERE is_counted = 1;

  CREATE TABLE ledger (
    position INTEGER PRIMARY KEY,
    ${key('account')},
    height INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    delta INTEGER NOT NULL,
    balance INTEGER NOT NULL CHECK (balance >= 0),
    counterparty BLOB,
    contract BLOB,
    record INTEGER,
    memo TEXT
  ) STRICT;
  CREATE INDEX ledger_by_account ON ledger (account, position);

  CREATE TABLE history (
    position INTEGER PRIMARY KEY,
    object TEXT NOT NULL CHECK (object IN ('profile', 'farm', 'node', 'contract')),
    ${key('id')},
    height INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    record INTEGER,
    what TEXT NOT NULL,
    detail TEXT
  ) STRICT;
  CREATE INDEX history_by_object ON history (object, id, position);

  CREATE TABLE versions (
    position INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key BLOB NOT NULL,
    height INTEGER NOT NULL,
    value BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX versions_by_object ON versions (kind, key, height);
`;

const current = `
  CREATE TABLE authors (${key('key')} PRIMARY KEY, seq INTEGER NOT NULL, ${key('last')}) STRICT;

  CREATE TABLE accounts (
    position INTEGER PRIMARY KEY,
    ${key('key')} UNIQUE,
    balance INTEGER NOT NULL CHECK (balance >= 0),
    locked INTEGER NOT NULL CHECK (locked >= 0),
    value BLOB NOT NULL
  ) STRICT;

  CREATE TABLE profiles (
    position INTEGER PRIMARY KEY,
    ${key('key')} UNIQUE,
    ${key('net')},
    value BLOB NOT NULL
  ) STRICT;
  CREATE INDEX profiles_by_net ON profiles (net);
  CREATE VIRTUAL TABLE profile_names
    USING fts5 (name, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2');

  CREATE TABLE farms (
    position INTEGER PRIMARY KEY,
    ${key('key')} UNIQUE,
    ${key('owner')},
    value BLOB NOT NULL
  ) STRICT;
  CREATE INDEX farms_by_owner ON farms (owner);
  CREATE VIRTUAL TABLE farm_names
    USING fts5 (name, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2');

  CREATE TABLE nodes (
    position INTEGER PRIMARY KEY,
    ${key('key')} UNIQUE,
    ${key('farm')},
    free_cru_milli INTEGER NOT NULL,
    free_mru_bytes INTEGER NOT NULL,
    free_sru_bytes INTEGER NOT NULL,
    free_hru_bytes INTEGER NOT NULL,
    is_up INTEGER NOT NULL CHECK (is_up IN (0, 1)),
    last_seen_ms INTEGER NOT NULL,
    value BLOB NOT NULL
  ) STRICT;
  CREATE INDEX nodes_by_farm ON nodes (farm);

  CREATE TABLE contracts (
    position INTEGER PRIMARY KEY,
    ${key('key')} UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('deploying', 'running', 'ending', 'ended', 'failed')),
    recorded_ms INTEGER NOT NULL,
    value BLOB NOT NULL
  ) STRICT;
  CREATE INDEX contracts_by_state ON contracts (state, position);

  -- Who and what a contract is about; for a node also how many workloads it still holds there.
  CREATE TABLE contract_roles (
    role TEXT NOT NULL CHECK (role IN ('party', 'farmer', 'node')),
    ${key('key')},
    contract INTEGER NOT NULL REFERENCES contracts (position),
    workloads INTEGER NOT NULL,
    PRIMARY KEY (role, key, contract)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE singletons (kind TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

  CREATE TABLE due (
    kind TEXT NOT NULL CHECK (kind IN ('contract', 'node')),
    ${key('key')},
    due_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX due_by_time ON due (due_ms, kind, key);
`;

const own = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

  -- Headers that this guardian signed: one a height, for ever.
  CREATE TABLE signed (height INTEGER PRIMARY KEY, ${key('hash')}, signature BLOB NOT NULL) STRICT;

  CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    ${key('id')} UNIQUE,
    ${key('author')},
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    bytes BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'final', 'rejected')),
    code TEXT,
    height INTEGER,
    created_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX outbox_by_state ON outbox (state, position);
  CREATE INDEX outbox_by_author ON outbox (author, position);
`;

/** Version 1. */
export const migration1: Migration = {
  version: 1,
  apply: (db: Db) => {
    db.exec(certified);
    db.exec(current);
    db.exec(own);
  },
};
