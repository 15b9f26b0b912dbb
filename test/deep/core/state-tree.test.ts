// The state tree as a pure thing: its root is RFC 9162's over the buckets, changes touch only what they must, subtrees prove themselves.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fastSha256 } from '../../../bcdb/store/sha256.ts';
import { sha256, toHex } from '../../../core/bytes.ts';
import { merkleRoot } from '../../../core/merkle.ts';
import {
  bucketCount,
  bucketHash,
  bucketOf,
  compareItems,
  hasStateRoot,
  leafKinds,
  StateNodes,
  stateLeaf,
  treeLevels,
  verifySubtree,
} from '../../../core/state-tree.ts';

const hashOf = (text: string): Uint8Array => fastSha256(new TextEncoder().encode(text));

function rowsOf(hashes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: hashes.length / 32 }, (_, index) => hashes.slice(index * 32, (index + 1) * 32));
}

describe('the state tree', () => {
  it('has the root of RFC 9162 over its buckets, empty or not, and changed or built anew', () => {
    const empty = StateNodes.empty(fastSha256);
    const changed = empty.with(
      new Map([
        [0, hashOf('first')],
        [777, hashOf('some')],
        [bucketCount - 1, hashOf('last')],
      ]),
    );
    for (const nodes of [empty, changed]) {
      const rows = rowsOf(nodes.buckets(0, bucketCount));
      expect(toHex(nodes.root)).toBe(toHex(merkleRoot(rows)));
      expect(toHex(StateNodes.over(nodes.buckets(0, bucketCount), fastSha256).root)).toBe(toHex(nodes.root));
    }
    expect(toHex(empty.root)).not.toBe(toHex(changed.root));
  });

  it('hashes the same with the portable SHA-256', () => {
    const item = { kind: 'contract', key: hashOf('key'), bytes: hashOf('bytes'), dueMs: 5 } as const;
    expect(stateLeaf(item, fastSha256)).toEqual(stateLeaf(item, sha256));
    expect(bucketOf(item.kind, item.key, fastSha256)).toBe(bucketOf(item.kind, item.key, sha256));
    expect(bucketHash([hashOf('a')], fastSha256)).toEqual(bucketHash([hashOf('a')], sha256));
  });

  it('every part of an object changes its leaf', () => {
    const item = { kind: 'node', key: hashOf('key'), bytes: hashOf('bytes'), dueMs: 5 } as const;
    const others = [
      { ...item, kind: 'farm' as const },
      { ...item, key: hashOf('other') },
      { ...item, bytes: new Uint8Array(0) },
      { ...item, dueMs: 6 },
      { ...item, dueMs: null },
    ];
    const leaves = [item, ...others].map((one) => toHex(stateLeaf(one)));
    expect(new Set(leaves).size).toBe(leaves.length);
  });

  it('orders leaves by kind and key', () => {
    expect([...leafKinds].sort()).toEqual([...leafKinds]);
    const key = (last: number): Uint8Array => new Uint8Array(32).fill(last, 31);
    const items = [
      { kind: 'node', key: key(0) },
      { kind: 'account', key: key(2) },
      { kind: 'account', key: key(1) },
    ] as const;
    expect(items.toSorted(compareItems)).toEqual([items[2], items[1], items[0]]);
    expect(compareItems(items[0], items[0])).toBe(0);
  });

  it('stands in headers above the genesis, every 256 blocks', () => {
    expect([0, 1, 255, 256, 257, 512].map(hasStateRoot)).toEqual([false, false, false, true, false, true]);
  });

  it('a subtree of any size proves itself, and nothing else in its place', () => {
    const nodes = StateNodes.empty(fastSha256).with(
      new Map(Array.from({ length: 3000 }, (_, index) => [(index * 7919) % bucketCount, hashOf(String(index))])),
    );
    const { root } = nodes;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), fc.nat(), fc.nat(), (level, seed, spoil) => {
        const index = seed % 2 ** (treeLevels - level);
        const path = nodes.path(level, index);
        const hashes = rowsOf(nodes.buckets(index * 2 ** level, 2 ** level));
        const at = { level, index, path, root };
        expect(verifySubtree(hashes, at, fastSha256)).toBe(true);
        const place = spoil % hashes.length;
        const spoilt = hashes.map((hash, one) => (one === place ? hashOf('lie') : hash));
        expect(verifySubtree(spoilt, at, fastSha256)).toBe(false);
        expect(verifySubtree(hashes.slice(1), at, fastSha256)).toBe(false);
        expect(verifySubtree(hashes, { ...at, root: hashOf('root') }, fastSha256)).toBe(false);
        expect(verifySubtree(hashes, { ...at, path: [...path, root] }, fastSha256)).toBe(false);
        expect(verifySubtree(hashes, { ...at, index: index + 2 ** (treeLevels - level) }, fastSha256)).toBe(false);
        expect(verifySubtree(hashes, { ...at, path: path.slice(1) }, fastSha256)).toBe(false);
      }),
      { numRuns: 40 },
    );
    const all = rowsOf(nodes.buckets(0, bucketCount));
    expect(verifySubtree(all, { level: treeLevels, index: 0, path: [], root }, fastSha256)).toBe(true);
    expect(verifySubtree(all, { level: treeLevels, index: 1, path: [], root }, fastSha256)).toBe(false);
  });
});
