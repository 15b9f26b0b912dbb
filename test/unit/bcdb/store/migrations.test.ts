// Migrations: all or nothing, one by one, never twice, and never over a database from the future.

import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { type Migration, migrate, migrations, versionOf } from '../../../../bcdb/store/migrations.ts';

const step = (version: number, sql: string): Migration => ({ version, apply: (db) => void db.exec(sql) });
const tables = (db: Database.Database): unknown[] =>
  db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();

describe('the migration runner', () => {
  it('applies what is missing, in order, and nothing twice', () => {
    const db = new Database(':memory:');
    const first = step(1, 'CREATE TABLE one (a INTEGER) STRICT');
    const second = step(2, 'CREATE TABLE two (a INTEGER) STRICT; INSERT INTO two VALUES (7)');
    migrate(db, [first]);
    expect([versionOf(db), tables(db)]).toEqual([1, ['one']]);
    migrate(db, [first, second]);
    migrate(db, [first, second]);
    expect([versionOf(db), tables(db)]).toEqual([2, ['one', 'two']]);
    expect(db.prepare('SELECT count(*) FROM two').pluck().get()).toBe(1);
  });

  it('a step that fails leaves schema, data and version as they were', () => {
    const db = new Database(':memory:');
    migrate(db, [step(1, 'CREATE TABLE one (a INTEGER) STRICT')]);
    const bad = step(2, "CREATE TABLE two (a INTEGER) STRICT; INSERT INTO one VALUES ('no number')");
    expect(() => migrate(db, [step(1, ''), bad])).toThrow('cannot store TEXT value');
    expect([versionOf(db), tables(db)]).toEqual([1, ['one']]);
  });

  it('a database from the future is refused and not touched', () => {
    const db = new Database(':memory:');
    db.exec('CREATE TABLE later (a INTEGER) STRICT');
    db.pragma('user_version = 99');
    expect(() => migrate(db)).toThrow('replica/outdated');
    expect([versionOf(db), tables(db)]).toEqual([99, ['later']]);
  });

  it('every shipped step makes its version of the schema', () => {
    const db = new Database(':memory:');
    migrate(db);
    expect(versionOf(db)).toBe(migrations.at(-1)?.version);
    const lax = db.prepare(
      "SELECT name FROM pragma_table_list WHERE strict = 0 AND type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    expect(lax.pluck().all()).toEqual([]);
  });

  it('version 1 refuses what can never be', () => {
    const db = new Database(':memory:');
    migrate(db);
    const insert = db.prepare('INSERT INTO accounts (key, balance, locked, value) VALUES (?, ?, ?, ?)');
    expect(() => insert.run(Buffer.alloc(31), 0, 0, Buffer.alloc(0))).toThrow('CHECK');
    expect(() => insert.run(Buffer.alloc(32), -1, 0, Buffer.alloc(0))).toThrow('CHECK');
    expect(() => insert.run(Buffer.alloc(32), 'much', 0, Buffer.alloc(0))).toThrow('cannot store TEXT value');
  });
});
