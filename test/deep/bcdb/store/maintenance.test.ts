// Looking after a database: built anew from its blocks it has the same rows; a flipped byte is found; a copy made while it runs is whole.

import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backUp, openToRead, sizesOf } from '../../../../bcdb/store/backup.ts';
import { Chain } from '../../../../bcdb/store/chain.ts';
import type { Db } from '../../../../bcdb/store/database.ts';
import { gridRules } from '../../../../bcdb/store/grid-rules.ts';
import { openMeta } from '../../../../bcdb/store/meta.ts';
import { compareRows, rebuildInto, replaceByRebuilt } from '../../../../bcdb/store/rebuild.ts';
import { scrub } from '../../../../bcdb/store/scrub.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { AppError } from '../../../../core/errors.ts';
import { importAll, type SnapshotGrid, sourceOf, storyAround256 } from '../../../support/bcdb-snapshot.ts';
import { catchUp, codeFrom, openFollowerStore, openTestStore } from '../../../support/bcdb-store.ts';

const parts = { rules: gridRules, verify: verifySodium };
let root = '';
let grid: SnapshotGrid;
/** A closed guardian's database, all in one file. */
let pristine = '';

const newFolder = (name: string): string => mkdtempSync(join(root, `${name}-`));

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bcdb-maintenance-'));
  const folder = newFolder('guardian');
  grid = storyAround256(folder);
  const db = new Database(join(folder, 'replica.db'));
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  pristine = join(folder, 'replica.db');
}, 60_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function withDb<T>(path: string, work: (db: Db) => T): T {
  const db = openToRead(path);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** A folder with a copy of the guardian's database. */
function copy(name: string): string {
  const folder = newFolder(name);
  copyFileSync(pristine, join(folder, 'replica.db'));
  return folder;
}

function change(folder: string, sql: string): void {
  const db = new Database(join(folder, 'replica.db'));
  expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
  db.close();
}

/** What a deep scrub does after a plain one that found nothing. */
function differences(path: string): readonly string[] {
  const target = newFolder('rebuilt');
  return withDb(path, (source) => {
    rebuildInto(target, source, parts);
    return withDb(join(target, 'replica.db'), (rebuilt) => compareRows(source, rebuilt));
  });
}

describe('a database', { timeout: 180_000 }, () => {
  it('built anew from its blocks has the same rows in every table', () => {
    expect(differences(pristine)).toEqual([]);
  });

  it('that is sound shows no finding, also one that began with a snapshot', () => {
    expect(withDb(pristine, (db) => scrub(db, verifySodium))).toEqual({
      findings: [],
      blocks: 262,
      records: expect.any(Number),
      isWhole: true,
    });
    const folder = newFolder('light');
    const begun = openFollowerStore(grid.story.founding, { folder }).store;
    withDb(pristine, (db) => importAll(begun, sourceOf(db), 256));
    begun.close();
    const { store } = openTestStore({ how: 'open' }, { folder });
    catchUp(store, grid.guardian);
    expect(withDb(join(folder, 'replica.db'), (db) => scrub(db, verifySodium)).findings).toEqual([]);
    store.close();
  });

  it.each([
    ['a header', 'UPDATE blocks SET header = (SELECT header FROM blocks WHERE height = 7) WHERE height = 8', 'block 8'],
    [
      'a certificate',
      'UPDATE blocks SET certificate = (SELECT certificate FROM blocks WHERE height = 7) WHERE height = 8',
      'block 8',
    ],
    ['a missing block', 'DELETE FROM blocks WHERE height = 100', 'block 100'],
    ['a record', 'UPDATE records SET bytes = zeroblob(100) WHERE height = 253', 'records 253'],
    ['a verdict', "UPDATE records SET verdict = 'record/gap' WHERE height = 253", 'records 253'],
    ["a record's author", 'UPDATE records SET author = zeroblob(32) WHERE height = 253', 'records 253'],
    ['a version', 'UPDATE versions SET value = zeroblob(9) WHERE height = 253', 'versions 253'],
    ['a document', 'UPDATE contract_parts SET bytes = zeroblob(9)', 'versions 254'],
    ['a balance', 'UPDATE accounts SET balance = balance + 1 WHERE position = 1', 'accounts'],
    ['a statement', 'UPDATE ledger SET delta = delta + 1 WHERE position = 2', 'ledger'],
    [
      'an object',
      'UPDATE nodes SET value = (SELECT value FROM nodes WHERE position = 2) WHERE position = 1',
      'objects',
    ],
    ['a lost object', 'DELETE FROM farms', 'objects'],
    ['a chain', 'UPDATE authors SET seq = seq + 1', 'authors'],
    [
      'a leaf',
      'UPDATE state_leaves SET leaves = zeroblob(65) WHERE bucket = (SELECT min(bucket) FROM state_leaves)',
      'state tree',
    ],
    ['a tree hash', 'UPDATE state_hashes SET hashes = zeroblob(8192) WHERE page = 9', 'state tree'],
    ['a signature of its own', 'UPDATE signed SET signature = zeroblob(64) WHERE height = 9', 'signed 9'],
    ['what it signed', 'UPDATE signed SET hash = zeroblob(32) WHERE height = 9', 'signed 9'],
    ['a column of blocks', 'UPDATE blocks SET time_ms = time_ms + 1 WHERE height = 9', 'block 9'],
  ])('with %s changed shows where', (_what, sql, where) => {
    const folder = copy('changed');
    change(folder, sql);
    const { findings, isWhole } = withDb(join(folder, 'replica.db'), (db) => scrub(db, verifySodium));
    expect(findings.map((finding) => finding.where)).toContain(where);
    expect(isWhole).toBe(false);
  });

  it('with any one byte flipped either shows a finding or has all its rows still', () => {
    const bytes = readFileSync(pristine);
    const folder = newFolder('flipped');
    const path = join(folder, 'replica.db');
    const rounds = 20;
    const silent: (readonly [at: number, difference: unknown])[] = [];
    for (let round = 0; round < rounds; round++) {
      const at = Math.floor((bytes.length * (round + 0.37)) / rounds);
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x55;
      writeFileSync(path, flipped);
      if (!isFound(path)) silent.push([at, withBoth(path)]);
    }
    expect(silent.filter(([, difference]) => JSON.stringify(difference) !== '[]')).toEqual([]);
    const found = rounds - silent.length;
    expect(found).toBeGreaterThan(rounds / 2);
    console.log(`${rounds} flipped bytes: ${found} found, ${rounds - found} where nothing is stored`);
  });

  function isFound(path: string): boolean {
    try {
      if (!withDb(path, (db) => scrub(db, verifySodium)).isWhole) return true;
      return differences(path).length > 0;
    } catch (error) {
      // Not even the file's own first page can be read.
      if (error instanceof AppError || error instanceof Database.SqliteError) return true;
      throw error;
    }
  }

  const withBoth = (path: string): readonly string[] =>
    withDb(path, (ours) => withDb(pristine, (theirs) => compareRows(ours, theirs)));

  it('with damaged blocks is mended from another one, and what was damaged is set aside', () => {
    const folder = copy('mended');
    const own = new Database(join(folder, 'replica.db'));
    own.exec(`INSERT INTO outbox (id, author, seq, kind, bytes, state, created_ms)
      SELECT id, author, seq, kind, bytes, 'final', 5 FROM records WHERE height = 253`);
    own.close();
    change(folder, 'UPDATE records SET bytes = zeroblob(100) WHERE height = 253');
    change(folder, 'UPDATE accounts SET balance = balance + 1 WHERE position = 1');
    const now = new Date('2026-11-25T01:02:03Z');
    expect(codeFrom(() => replaceByRebuilt(folder, parts, now))).toBe('replica/corrupt');
    withDb(pristine, (other) => {
      const chain = new Chain(other, openMeta(other));
      const done = replaceByRebuilt(folder, { ...parts, fetch: (height) => chain.blockBytes(height) }, now);
      expect(done).toEqual({ height: 261, fetched: [253], aside: 'replica.damaged-2026-11-25T01-02-03.db' });
    });
    expect(existsSync(join(folder, 'replica.damaged-2026-11-25T01-02-03.db'))).toBe(true);
    expect(readdirSync(folder)).not.toContain('verify');
    expect(withBoth(join(folder, 'replica.db'))).toEqual([]);
    const seed = grid.story.founding.guardian.seed;
    const { store } = openTestStore({ how: 'open' }, { folder, guardianSeed: seed });
    expect(store.query('outbox', { limit: 9 })).toHaveLength(1);
    // What the guardian signed it knows still: one header a height.
    store.cut();
    expect(store.info().head?.height).toBe(262);
    store.close();
    const signed = new Database(join(folder, 'replica.db'), { readonly: true });
    expect(signed.prepare('SELECT count(*) FROM signed').pluck().get()).toBe(263);
    signed.close();
  });

  it('is copied while it runs; the copy is whole, opens as a replica, and never replaces another file', async () => {
    const folder = copy('running');
    const seed = grid.story.founding.guardian.seed;
    const { store } = openTestStore({ how: 'open' }, { folder, guardianSeed: seed });
    store.cut();
    const target = join(root, 'copy.db');
    const copying = backUp(folder, target, verifySodium);
    store.cut();
    const report = await copying;
    expect(report).toMatchObject({ isWhole: true, findings: [] });
    expect(report.blocks).toBeGreaterThanOrEqual(263);
    await expect(backUp(folder, target, verifySodium)).rejects.toThrow('ipc/bad-input');
    store.close();
    const restored = newFolder('restored');
    copyFileSync(target, join(restored, 'replica.db'));
    const again = openTestStore({ how: 'open' }, { folder: restored }).store;
    expect(again.info().head?.height).toBeGreaterThanOrEqual(262);
    again.close();
    change(restored, 'UPDATE accounts SET balance = balance + 1 WHERE position = 1');
    await expect(backUp(restored, join(root, 'bad.db'), verifySodium)).rejects.toThrow('replica/corrupt');
    expect(existsSync(join(root, 'bad.db'))).toBe(false);
  });

  it('says how large each table is', () => {
    const sizes = withDb(pristine, sizesOf);
    expect(sizes.fileBytes).toBe(readFileSync(pristine).length);
    expect(sizes.tables.map(({ table }) => table)).toEqual(expect.arrayContaining(['blocks', 'records', 'versions']));
    expect(sizes.tables.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(sizes.fileBytes);
  });
});
