// Consistency proofs of RFC 9162: published ones, all pairs of sizes, and none that holds for anything else (G28).

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../../core/bytes.ts';
import { leafHash, merklePath, merkleRoot, verifyConsistency } from '../../../core/merkle.ts';
import { consistencyPath, inclusionPath } from '../../../core/merkle-source.ts';

const hashesOf = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, index) => leafHash(Uint8Array.of(index & 255, index >> 8)));

const treeOf = (leaves: readonly Uint8Array[]) => ({
  at(start: number, size: number): Uint8Array {
    if (start % size !== 0 || start + size > leaves.length) throw new Error(`no subtree ${start}:${size}`);
    return merkleRoot(leaves.slice(start, start + size));
  },
  tree: (size: number) => ({ size, root: merkleRoot(leaves.slice(0, size)) }),
});

/** Certificate Transparency's own reference leaves and consistency proofs (RFC 6962, same hashing as RFC 9162). */
const referenceLeaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const published = [
  [1, 1, []],
  [
    1,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    6,
    8,
    [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [
    2,
    5,
    [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
] as const;

test('the published consistency proofs are what we make and what we accept', () => {
  const { at, tree } = treeOf(referenceLeaves.map((leaf) => leafHash(fromHex(leaf))));
  for (const [first, second, path] of published) {
    expect(consistencyPath(at, first, second).map(toHex)).toEqual(path);
    expect(verifyConsistency(tree(first), tree(second), path.map(fromHex))).toBe(true);
  }
});

test('between any two of 0 to 40 leaves the proof holds, and is refused for any other pair of sizes', () => {
  const { at, tree } = treeOf(hashesOf(41));
  const wrong: string[] = [];
  for (let second = 0; second <= 40; second++) {
    for (let first = 0; first <= second; first++) {
      const path = consistencyPath(at, first, second);
      expect([first, second, verifyConsistency(tree(first), tree(second), path)]).toEqual([first, second, true]);
      for (const [a, b] of [
        [first + 1, second],
        [first, second + 1],
        [first - 1, second],
        [second, first],
      ] as const) {
        if (a < 0 || b > 40 || a >= b || (a === 0 && path.length === 0)) continue;
        if (verifyConsistency({ ...tree(first), size: a }, { ...tree(second), size: b }, path)) wrong.push(`${a}:${b}`);
      }
    }
  }
  // A size is bound by the number of hashes and by where they go; equal shapes are told apart by the roots.
  const trueRoots = wrong.filter((pair) => {
    const [a = 0, b = 0] = pair.split(':').map(Number);
    return !verifyConsistency(tree(a), tree(b), consistencyPath(at, a, b));
  });
  expect(trueRoots).toEqual([]);
}, 30_000);

test('G28 a path that ends before the claimed tree does is refused, whatever its hashes lead to', () => {
  const { at, tree } = treeOf(hashesOf(64));
  for (const [first, second, claimed] of [
    [4, 8, 16],
    [4, 8, 64],
    [2, 4, 8],
    [6, 8, 32],
    [3, 7, 20],
  ] as const) {
    const path = consistencyPath(at, first, second);
    expect(verifyConsistency(tree(first), tree(second), path)).toBe(true);
    expect(verifyConsistency(tree(first), { ...tree(second), size: claimed }, path)).toBe(false);
  }
});

test('G28 a consistency proof is refused when changed, cut or grown, or for another history', () => {
  const size = fc.integer({ min: 2, max: 60 });
  fc.assert(
    fc.property(size, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (second, pick, spot, by) => {
      const first = 1 + (pick % (second - 1));
      const { at, tree } = treeOf(hashesOf(second));
      const path = consistencyPath(at, first, second);
      const flip = (bytes: Uint8Array) => bytes.map((byte, place) => (place === spot % 32 ? byte ^ by : byte));
      const changed = path.map((hash, step) => (step === spot % path.length ? flip(hash) : hash));
      const [old, now] = [tree(first), tree(second)];
      const outcomes = [
        verifyConsistency(old, now, changed),
        verifyConsistency(old, now, path.slice(1)),
        verifyConsistency(old, now, path.slice(0, -1)),
        verifyConsistency(old, now, [...path, old.root]),
        verifyConsistency(old, now, [old.root, ...path]),
        verifyConsistency(old, now, []),
        verifyConsistency({ ...old, root: flip(old.root) }, now, path),
        verifyConsistency(old, { ...now, root: flip(now.root) }, path),
        verifyConsistency(now, old, path),
        verifyConsistency({ ...old, size: first + 0.5 }, now, path),
        verifyConsistency({ ...old, size: -1 }, now, path),
        verifyConsistency({ size: 0, root: flip(merkleRoot([])) }, now, []),
        verifyConsistency({ size: 0, root: merkleRoot([]) }, now, path),
        verifyConsistency(now, { ...now, root: flip(now.root) }, []),
      ];
      expect(outcomes).toEqual(outcomes.map(() => false));
    }),
  );
});

test('inclusion paths from subtrees are those made from all leaves', () => {
  for (const size of [1, 2, 3, 7, 8, 33, 64, 65]) {
    const leaves = hashesOf(size);
    const { at } = treeOf(leaves);
    for (let index = 0; index < size; index++) {
      expect(inclusionPath(at, index, size).map(toHex)).toEqual(merklePath(leaves, index).map(toHex));
    }
  }
});

test('a proof over a million leaves asks for at most forty subtrees', () => {
  let asked = 0;
  const at = (): Uint8Array => {
    asked += 1;
    return new Uint8Array(32);
  };
  for (const [first, second] of [
    [1, 1_000_000],
    [524_289, 1_000_000],
    [999_999, 1_000_000],
    [333_333, 987_654],
  ] as const) {
    asked = 0;
    consistencyPath(at, first, second);
    inclusionPath(at, first, second);
    expect(asked).toBeLessThanOrEqual(2 * 40);
  }
});
