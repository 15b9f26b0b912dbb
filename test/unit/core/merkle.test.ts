// RFC 9162 trees: published roots, a naive model, proofs that hold for their own leaf, index and size only.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, fromHex, sha256, toHex } from '../../../core/bytes.ts';
import {
  appendPeak,
  leafHash,
  merklePath,
  merkleRoot,
  type Peaks,
  peaksRoot,
  verifyMerklePath,
} from '../../../core/merkle.ts';

/** The reference leaves and roots of Certificate Transparency's own tests (RFC 6962, same hashing as RFC 9162). */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('the published roots of one to eight leaves, and of none', () => {
  const hashes = leaves.map((leaf) => leafHash(fromHex(leaf)));
  expect(roots.map((_, index) => toHex(merkleRoot(hashes.slice(0, index + 1))))).toEqual(roots);
  expect(toHex(merkleRoot([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

/** Level by level, an odd one out moves up: the same tree, written another way. */
function naiveRoot(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes;
  while (level.length > 1) {
    const next: Uint8Array[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const [left, right] = [level[index], level[index + 1]];
      if (left === undefined) continue;
      next.push(right === undefined ? left : sha256(concatBytes(Uint8Array.of(1), left, right)));
    }
    level = next;
  }
  return level[0] ?? sha256(new Uint8Array(0));
}

const hashesOf = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, index) => leafHash(Uint8Array.of(index & 255, index >> 8)));

test('root, peaks and the naive model agree, and every proof of every leaf holds, up to 70 leaves', () => {
  let peaks: Peaks = [];
  for (let count = 0; count <= 70; count++) {
    const hashes = hashesOf(count);
    const root = merkleRoot(hashes);
    expect(toHex(root)).toBe(toHex(naiveRoot(hashes)));
    expect(toHex(peaksRoot(peaks))).toBe(toHex(root));
    const proven = hashes.map((leaf, index) => verifyMerklePath(leaf, index, count, merklePath(hashes, index), root));
    expect(proven).toEqual(hashes.map(() => true));
    peaks = appendPeak(peaks, leafHash(Uint8Array.of(count & 255, count >> 8)));
  }
});

test('peaks agree with the root for any number of leaves', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 600 }), (count) => {
      const hashes = hashesOf(count);
      const peaks = hashes.reduce<Peaks>(appendPeak, []);
      expect(toHex(peaksRoot(peaks))).toBe(toHex(merkleRoot(hashes)));
      expect(peaks.length).toBe([...count.toString(2)].filter((bit) => bit === '1').length);
    }),
    { numRuns: 40 },
  );
});

test('G28 a proof is refused for another leaf, index, size, root, and when cut, grown or changed', () => {
  const count = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(count, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (size, pick, spot, by) => {
      const hashes = hashesOf(size);
      const index = pick % size;
      const [leaf, root, path] = [hashes[index] ?? hashes[0], merkleRoot(hashes), merklePath(hashes, index)];
      if (leaf === undefined) throw new Error('no leaf');
      const flip = (bytes: Uint8Array) => bytes.map((byte, at) => (at === spot % 32 ? byte ^ by : byte));
      const wrong = [
        verifyMerklePath(flip(leaf), index, size, path, root),
        verifyMerklePath(leaf, index, size, path, flip(root)),
        verifyMerklePath(leaf, index, size, [...path, leaf], root),
        verifyMerklePath(leaf, size, size, path, root),
        verifyMerklePath(leaf, -1, size, path, root),
        verifyMerklePath(leaf, index + 0.5, size, path, root),
      ];
      for (let other = 0; other < size; other++) {
        if (other !== index) wrong.push(verifyMerklePath(leaf, other, size, path, root));
      }
      if (path.length > 0) {
        const at = spot % path.length;
        wrong.push(verifyMerklePath(leaf, index, size, path.slice(1), root));
        wrong.push(verifyMerklePath(leaf, index, size, path.slice(0, -1), root));
        wrong.push(
          verifyMerklePath(
            leaf,
            index,
            size,
            path.map((hash, step) => (step === at ? flip(hash) : hash)),
            root,
          ),
        );
      }
      expect(wrong).toEqual(wrong.map(() => false));
    }),
  );
});
