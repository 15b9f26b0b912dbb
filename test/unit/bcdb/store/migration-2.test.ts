// Version 2 from version 1: what a guardian signed before stays signed.

import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { migration1 } from '../../../../bcdb/store/migration-1.ts';
import { migration2 } from '../../../../bcdb/store/migration-2.ts';
import { migrate, versionOf } from '../../../../bcdb/store/migrations.ts';

function upgraded(): Database.Database {
  const db = new Database(':memory:');
  migrate(db, [migration1]);
  const insert = db.prepare('INSERT INTO signed VALUES (?, ?, ?)');
  for (const height of [0, 1, 2]) insert.run(height, Buffer.alloc(32, height), Buffer.alloc(64, height));
  const block = db.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?, 1, 5, ?, 0, 0, 0)');
  block.run(0, Buffer.alloc(32), Buffer.from('h'), Buffer.from('c'), Buffer.alloc(32));
  const record = db.prepare("INSERT INTO records VALUES (?, 0, ?, ?, 7, 'transfer', ?, ?, ?)");
  record.run(0, Buffer.alloc(32, 1), Buffer.alloc(32, 9), 'ok', 1, Buffer.from('a'));
  record.run(1, Buffer.alloc(32, 2), Buffer.alloc(32, 9), 'record/forked', 0, Buffer.from('b'));
  migrate(db, [migration1, migration2]);
  return db;
}

describe('version 2', () => {
  it('keeps every signature, in epoch 0, and every record', () => {
    const db = upgraded();
    expect(versionOf(db)).toBe(2);
    expect(db.prepare('SELECT height, epoch, hash, signature FROM signed ORDER BY height').all()).toEqual(
      [0, 1, 2].map((height) => ({
        height,
        epoch: 0,
        hash: Buffer.alloc(32, height),
        signature: Buffer.alloc(64, height),
      })),
    );
    expect(db.prepare('SELECT count(*) FROM records').pluck().get()).toBe(2);
    expect(db.prepare("SELECT name FROM sqlite_schema WHERE name = 'signed_before'").get()).toBeUndefined();
  });

  it('refuses a second signature at a height but in a later epoch', () => {
    const db = upgraded();
    const insert = db.prepare('INSERT INTO signed (height, epoch, hash, signature) VALUES (?, ?, ?, ?)');
    expect(() => insert.run(1, 0, Buffer.alloc(32, 8), Buffer.alloc(64))).toThrow('signed in this epoch');
    insert.run(1, 1, Buffer.alloc(32, 8), Buffer.alloc(64));
    insert.run(3, 0, Buffer.alloc(32, 8), Buffer.alloc(64));
  });

  it('holds one lock and one promise to have moved', () => {
    const db = upgraded();
    expect(() => db.exec('INSERT INTO moved VALUES (2, 1)')).toThrow('CHECK');
    expect(() => db.exec("INSERT INTO locks VALUES (2, 1, 0, x'', x'', x'')")).toThrow('CHECK');
    expect(() => db.exec("INSERT INTO evidence VALUES (1, 'rumour', 1, NULL, NULL, x'', x'', 1, '')")).toThrow('CHECK');
  });
});
