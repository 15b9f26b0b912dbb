// From version 1 to 3 with the rows of a whole story: objects as they were, documents once, and the same state root afterwards.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { createContractParts } from '../../../../bcdb/store/contract-parts.ts';
import { type Db, plain } from '../../../../bcdb/store/database.ts';
import { migration1 } from '../../../../bcdb/store/migration-1.ts';
import { migration2 } from '../../../../bcdb/store/migration-2.ts';
import { migration3 } from '../../../../bcdb/store/migration-3.ts';
import { migrate, versionOf } from '../../../../bcdb/store/migrations.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { toHex } from '../../../../core/bytes.ts';
import { historyRows, stateRows, storyAround256 } from '../../../support/bcdb-snapshot.ts';
import { catchUp, openTestStore } from '../../../support/bcdb-store.ts';

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'bcdb-migration-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const tablesOf1 = (db: Db): readonly string[] =>
  db
    .prepare<[], string>(
      "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND name NOT LIKE 'sqlite_%'",
    )
    .pluck()
    .all();

/** The rows of a database of today in one of version 1, whole contracts in their rows and versions. */
function asVersion1(path: string, from: string): void {
  const db = new Database(path);
  migrate(db, [migration1]);
  db.prepare('ATTACH ? AS today').run(from);
  const today = new Database(from, { readonly: true });
  const parts = createContractParts(today);
  db.function('whole', (row: unknown) => Buffer.from(parts.join(plain(row as Buffer))));
  db.pragma('foreign_keys = OFF');
  for (const table of tablesOf1(db)) {
    const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
    const isContract = table === 'contracts' ? '1' : "kind = 'contract'";
    const selected = columns.map((name) =>
      name === 'value' && (table === 'contracts' || table === 'versions')
        ? `CASE WHEN ${isContract} THEN whole(value) ELSE value END`
        : name,
    );
    db.exec(`INSERT INTO ${table} (${columns.join(', ')}) SELECT ${selected.join(', ')} FROM today.${table}`);
  }
  db.exec("DELETE FROM meta WHERE name NOT IN ('grid', 'peaks')");
  for (const [table, names] of [
    ['profiles', 'profile_names'],
    ['farms', 'farm_names'],
  ] as const) {
    const rows = db.prepare(`SELECT position, value FROM ${table}`).all() as { position: number; value: Buffer }[];
    const insert = db.prepare(`INSERT INTO ${names} (rowid, name) VALUES (?, ?)`);
    for (const { position, value } of rows) insert.run(position, String(value));
  }
  today.close();
  db.close();
}

describe('migration 3', { timeout: 60_000 }, () => {
  it('keeps every object at every height, stores documents once, and finds the same root later', () => {
    const [before, after] = [newFolder(), newFolder()];
    const { guardian, story, time } = storyAround256(before);
    const path = join(after, 'replica.db');
    asVersion1(path, join(before, 'replica.db'));
    const old = new Database(path);
    const size = (db: Db): number =>
      db.prepare<[], number>("SELECT sum(length(value)) FROM versions WHERE kind = 'contract'").pluck().get() ?? 0;
    const sizeBefore = size(old);
    expect(versionOf(old)).toBe(1);
    migrate(old, [migration1, migration2, migration3]);
    expect(size(old) * 2).toBeLessThan(sizeBefore);
    expect(old.prepare('SELECT count(*) FROM contract_parts').pluck().get()).toBe(1);
    const today = new Database(join(before, 'replica.db'), { readonly: true });
    const dueless = (db: Db) => ({ ...historyRows(db, -1), versions: [] });
    expect(dueless(old)).toEqual(dueless(today));
    const valuesIn = (db: Db): readonly unknown[] =>
      ['accounts', 'nodes', 'contracts', 'due'].map((table) => db.prepare(`SELECT * FROM ${table} ORDER BY key`).all());
    expect(valuesIn(old)).toEqual(valuesIn(today));
    old.close();

    const upgraded = openTestStore({ how: 'open' }, { folder: after }).store;
    const id = toHex(story.contract);
    for (let height = 250; height <= 261; height++) {
      const ask = (store: Store) => store.query('objectAt', { object: 'contract', id, height });
      expect(ask(upgraded)).toEqual(ask(guardian));
    }
    // The next root, over a tree that has to be built from all objects.
    for (let height = 0; height < 256; height++) {
      time.nowMs += 1000;
      guardian.cut();
    }
    catchUp(upgraded, guardian);
    expect(upgraded.info().head).toEqual(guardian.info().head);
    const opened = new Database(path, { readonly: true });
    expect(stateRows(opened)['leaves']).toEqual(stateRows(today)['leaves']);
    for (const db of [opened, today]) db.close();
    for (const store of [upgraded, guardian]) store.close();
  });
});
