// What a guardian among several promised is looked over: one bit changed anywhere in it is found.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scrub } from '../../../../bcdb/store/scrub.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { agree, commitBlock, firstProposal, foundSharedGrid, nextProposal } from '../../../support/bcdb-guardians.ts';
import { openTestStore } from '../../../support/bcdb-store.ts';

let root = '';

/** A guardian with three blocks, and a fourth one that it prepared, locked and signed. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'promises-'));
  const founding = foundSharedGrid(4);
  const stores = founding.guardians.map(
    ({ seed }, index) =>
      openTestStore(
        { how: 'create', genesis: founding.genesis },
        { guardianSeed: seed, ...(index === 0 && { folder: join(root, 'pristine') }) },
      ).store,
  );
  const [first] = stores;
  if (first === undefined) throw new Error('no guardian');
  commitBlock(stores, firstProposal(founding));
  commitBlock(stores, nextProposal(first, []));
  commitBlock(stores, nextProposal(first, []));
  agree(stores, nextProposal(first, []));
  for (const store of stores) store.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function findingsAfter(sql: string): readonly string[] {
  const path = join(mkdtempSync(join(root, 'copy-')), 'replica.db');
  copyFileSync(join(root, 'pristine', 'replica.db'), path);
  const db = new Database(path);
  try {
    expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
    return scrub(db, verifySodium).findings.map(({ where, what }) => `${where}: ${what}`);
  } finally {
    db.close();
  }
}

/** One bit of a blob, at its end. */
const flipped = (column: string): string =>
  `CAST(substr(${column}, 1, length(${column}) - 1) || CASE substr(${column}, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB)`;

describe('a guardian’s promises', () => {
  it('are sound', () => {
    expect(findingsAfter('UPDATE signed SET epoch = 0')).toEqual([]);
  });

  it.each([
    ['a signature under a block', `UPDATE signed SET signature = ${flipped('signature')} WHERE height = 1`, 'signed 1'],
    ['a header that it signed', `UPDATE signed SET hash = ${flipped('hash')} WHERE height = 1`, 'signed 1'],
    ['the last signature', `UPDATE signed SET signature = ${flipped('signature')} WHERE height = 3`, 'lock'],
    ['the last header', `UPDATE signed SET hash = ${flipped('hash')} WHERE height = 3`, 'lock'],
    ['a prepare', `UPDATE prepares SET statement = ${flipped('statement')} WHERE height = 3`, 'prepares'],
    ['where it prepared', `UPDATE prepares SET hash = ${flipped('hash')} WHERE height = 3`, 'prepares'],
    ['the locked header', `UPDATE locks SET header = ${flipped('header')}`, 'lock'],
    ['the quorum of a lock', `UPDATE locks SET prepares = ${flipped('prepares')}`, 'lock'],
    ['the epoch of a lock', 'UPDATE locks SET epoch = 1', 'lock'],
    ['the locked block', 'UPDATE locks SET block = zeroblob(length(block))', 'lock'],
    ['the epoch moved to', 'UPDATE prepares SET epoch = 3', 'moved'],
  ])('%s: changed, is found', (_what, sql, where) => {
    const found = findingsAfter(sql);
    expect(found.filter((line) => line.startsWith(`${where}: `))).toHaveLength(1);
  });
});
