// Proofs over the stored headers, with and without what is kept of them, held against trees made from all leaves.

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Db, openDatabase } from '../../../../bcdb/store/database.ts';
import { chunkLeaves, openHistoryTree } from '../../../../bcdb/store/history-tree.ts';
import { openMeta } from '../../../../bcdb/store/meta.ts';
import { migrate } from '../../../../bcdb/store/migrations.ts';
import { toHex } from '../../../../core/bytes.ts';
import { merklePath, merkleRoot, verifyConsistency, verifyMerklePath } from '../../../../core/merkle.ts';
import { historyLeaf } from '../../../../core/proofs-history.ts';
import { codeFrom } from '../../../support/bcdb-store.ts';

const none = new Uint8Array(0);

/** Blocks of which only hashes matter here; `extend` is called as the chain calls it. */
function storeOf(options: { readonly count: number; readonly from?: number; readonly isExtended?: boolean }) {
  const { db } = openDatabase(':memory:');
  migrate(db);
  const meta = openMeta(db);
  const tree = openHistoryTree(db, meta);
  const insert = insertBlock(db);
  const hashes: Uint8Array[] = [];
  for (let height = options.from ?? 0; height < options.count; height++) {
    const hash = new Uint8Array(randomBytes(32));
    hashes.push(hash);
    insert(height, hash);
    if (options.isExtended !== false) tree.extend(height);
  }
  return { db, meta, tree, insert, leaves: hashes.map(historyLeaf) };
}

function insertBlock(db: Db): (height: number, hash: Uint8Array) => void {
  const insert = db.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?, 1, 0, ?, 0, 0, 0)');
  return (height, hash) => void insert.run(height, hash, none, none, new Uint8Array(32));
}

const count = 3 * chunkLeaves + 700;
const picks = [0, 1, 500, chunkLeaves - 1, chunkLeaves, 2 * chunkLeaves + 3, 3 * chunkLeaves, count - 2];

test('paths are those of the whole tree, wherever the header stands and however long the history is', () => {
  const { tree, leaves } = storeOf({ count });
  for (const head of [1, 2, 900, chunkLeaves, chunkLeaves + 1, 2 * chunkLeaves, 3 * chunkLeaves + 1, count - 1]) {
    const below = leaves.slice(0, head);
    const root = merkleRoot(below);
    for (const height of picks.filter((pick) => pick < head)) {
      const path = tree.inclusion(height, head);
      expect(path.map(toHex)).toEqual(merklePath(below, height).map(toHex));
      expect(verifyMerklePath(below[height] ?? none, height, head, path, root)).toBe(true);
    }
    for (const from of picks.filter((pick) => pick <= head)) {
      const first = { size: from, root: merkleRoot(leaves.slice(0, from)) };
      expect(verifyConsistency(first, { size: head, root }, tree.consistency(from, head))).toBe(true);
    }
  }
});

test('a history whose chunks were never kept gives the same proofs, and keeps them with the next whole chunk', () => {
  const { tree, meta, insert, leaves } = storeOf({ count: chunkLeaves * 2 - 1, isExtended: false });
  const path = tree.inclusion(5, chunkLeaves * 2 - 1);
  expect(path.map(toHex)).toEqual(merklePath(leaves, 5).map(toHex));
  expect(meta.get('history-chunks')).toBeUndefined();
  insert(chunkLeaves * 2 - 1, new Uint8Array(32));
  tree.extend(chunkLeaves * 2 - 1);
  expect(meta.get('history-chunks')?.length).toBe(2 * 32);
  expect(toHex(meta.get('history-chunks')?.slice(0, 32) ?? none)).toBe(toHex(merkleRoot(leaves.slice(0, chunkLeaves))));
});

test('what a chunk holds is read from what is kept: its headers are not needed any more', () => {
  const { db, tree, leaves } = storeOf({ count });
  const wanted = tree.inclusion(count - 2, count - 1).map(toHex);
  db.prepare('DELETE FROM blocks WHERE height < ?').run(3 * chunkLeaves);
  expect(tree.inclusion(count - 2, count - 1).map(toHex)).toEqual(wanted);
  expect(wanted).toEqual(merklePath(leaves.slice(0, count - 1), count - 2).map(toHex));
  expect(codeFrom(() => tree.inclusion(chunkLeaves + 1, count - 1))).toBe('replica/pruned');
});

test('a store that begins in the middle of the history grows without proofs of what it never had', () => {
  const { tree, meta } = storeOf({ from: chunkLeaves + 10, count: 3 * chunkLeaves });
  expect(meta.get('history-chunks')).toBeUndefined();
  expect(codeFrom(() => tree.inclusion(2 * chunkLeaves, 3 * chunkLeaves - 1))).toBe('replica/pruned');
});

test('a block that was dropped again leaves nothing in later proofs', () => {
  const last = 2 * chunkLeaves - 1;
  const { db, tree, insert, leaves } = storeOf({ count: last });
  db.exec('BEGIN');
  insert(last, new Uint8Array(32).fill(1));
  tree.extend(last);
  tree.inclusion(3, last); // a question in between sees the head as it was
  db.exec('ROLLBACK');
  const hash = new Uint8Array(32).fill(2);
  insert(last, hash);
  tree.extend(last);
  insert(last + 1, hash);
  const all = [...leaves, historyLeaf(hash), historyLeaf(hash)];
  expect(tree.inclusion(last + 1, last + 2).map(toHex)).toEqual(merklePath(all, last + 1).map(toHex));
});
