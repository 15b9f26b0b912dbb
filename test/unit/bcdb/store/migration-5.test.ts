// Version 5: narrower indexes over the rows that are there, which find the same.

import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Db } from '../../../../bcdb/store/database.ts';
import { migration1 } from '../../../../bcdb/store/migration-1.ts';
import { migration5 } from '../../../../bcdb/store/migration-5.ts';
import { migrate, versionOf } from '../../../../bcdb/store/migrations.ts';
import { isKey } from '../../../../bcdb/store/short-key.ts';

/** Two keys that begin alike, and one that does not. */
const [first, twin, other] = [
  Buffer.alloc(32, 1),
  Buffer.concat([Buffer.alloc(8, 1), Buffer.alloc(24, 2)]),
  Buffer.alloc(32, 3),
];

function oldDatabase(): Db {
  const db = new Database(':memory:');
  migrate(db, [migration1]);
  db.prepare('INSERT INTO blocks VALUES (0, ?, ?, ?, 1, 0, ?, 3, 0, 3)').run(first, first, first, first);
  const record = db.prepare("INSERT INTO records VALUES (?, 0, ?, ?, ?, 'transfer', 'ok', 1, ?)");
  for (const [at, id] of [first, twin, other].entries()) record.run(at, id, other, at + 1, Buffer.from(`record ${at}`));
  const line = db.prepare("INSERT INTO ledger VALUES (?, ?, 0, 0, 'transfer', 1, 1, NULL, NULL, NULL, NULL)");
  for (const [at, account] of [first, twin, first, other].entries()) line.run(at + 1, account);
  const version = db.prepare("INSERT INTO versions (kind, key, height, value) VALUES ('account', ?, ?, ?)");
  for (const [at, key] of [first, twin, first, other].entries()) version.run(key, at, Buffer.from(`version ${at}`));
  return db;
}

const recordsOf = (db: Db, id: Buffer): unknown[] =>
  db
    .prepare(`SELECT position FROM records WHERE ${isKey('id')}`)
    .pluck()
    .all(id, id);
const linesSql = `SELECT position FROM ledger WHERE ${isKey('account')} AND position < ? ORDER BY position DESC`;
const linesOf = (db: Db, account: Buffer): unknown[] => db.prepare(linesSql).pluck().all(account, account, 99);
const ofAuthorSql = `SELECT position FROM records WHERE ${isKey('author')} AND seq = ? AND is_counted = 1`;
const ofAuthor = (db: Db, author: Buffer): unknown[] =>
  [1, 2, 3].map((seq) => db.prepare(ofAuthorSql).pluck().all(author, author, seq));
const versionsSql = `SELECT height FROM versions WHERE kind = ? AND ${isKey('key')} AND height <= ? ORDER BY height DESC`;
const versionsOf = (db: Db, key: Buffer): unknown[] => db.prepare(versionsSql).pluck().all('account', key, key, 2);
const allOf = (db: Db, key: Buffer) => [recordsOf(db, key), linesOf(db, key), ofAuthor(db, key), versionsOf(db, key)];
const planOf = (db: Db, sql: string, ...given: unknown[]): unknown =>
  db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...given);

test('rows of version 1 are found as before, also those whose keys begin alike', () => {
  const db = oldDatabase();
  const before = [first, twin, other].map((key) => allOf(db, key));
  migrate(db, [migration1, migration5]);
  expect(versionOf(db)).toBe(5);
  expect([first, twin, other].map((key) => allOf(db, key))).toEqual(before);
  expect(before).toEqual([
    [[0], [3, 1], [[], [], []], [2, 0]],
    [[1], [2], [[], [], []], [1]],
    [[2], [4], [[0], [1], [2]], []],
  ]);
});

test('they are found by the indexes, and statements come sorted out of theirs', () => {
  const db = oldDatabase();
  migrate(db, [migration1, migration5]);
  expect(planOf(db, `SELECT position FROM records WHERE ${isKey('id')}`, first, first)).toMatchObject([
    { detail: 'SEARCH records USING INDEX records_by_id (<expr>=?)' },
  ]);
  expect(planOf(db, linesSql, first, first, 99)).toMatchObject([
    { detail: 'SEARCH ledger USING INDEX ledger_by_account (<expr>=? AND position<?)' },
  ]);
  expect(planOf(db, ofAuthorSql, first, first, 1)).toMatchObject([
    { detail: 'SEARCH records USING INDEX records_by_author (<expr>=? AND seq=?)' },
  ]);
  expect(planOf(db, versionsSql, 'account', first, first, 9)).toMatchObject([
    { detail: 'SEARCH versions USING INDEX versions_by_object (kind=? AND <expr>=? AND height<?)' },
  ]);
});
