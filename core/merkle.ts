/**
 * Merkle trees over a block's records and over all earlier headers (RFC 9162 section 2.1: leaf prefix 0, node
 * prefix 1, split at the largest power of two), with inclusion and consistency proofs. Pure.
 */
import { concatBytes, equalBytes, type Sha256, sha256 } from './bytes.ts';

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

export const leafHash = (leaf: Uint8Array, hash: Sha256 = sha256): Uint8Array => hash(concatBytes(leafPrefix, leaf));
/** Hash of two subtrees. */
export const nodeHash = (left: Uint8Array, right: Uint8Array, hash: Sha256 = sha256): Uint8Array =>
  hash(concatBytes(nodePrefix, left, right));

/** The largest power of two below `size` (size > 1). */
export const splitOf = (size: number): number => 2 ** Math.floor(Math.log2(size - 1));

/**
 * MTH of RFC 9162 over leaf hashes; the root of no leaves is the hash of nothing. From below, pair by pair: a last one
 * without a neighbour goes up as it is, which splits every subtree at the largest power of two.
 */
export function merkleRoot(leaves: readonly Uint8Array[], hash: Sha256 = sha256): Uint8Array {
  let level = leaves;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let index = 0; index < level.length; index += 2) {
      const [left, right] = [level[index], level[index + 1]];
      if (left !== undefined) above.push(right === undefined ? left : nodeHash(left, right, hash));
    }
    level = above;
  }
  return level[0] ?? hash(new Uint8Array(0));
}

/** Sibling hashes from the leaf at `index` up to the root. */
export function merklePath(leaves: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...merklePath(leaves.slice(0, split), index), merkleRoot(leaves.slice(split))]
    : [...merklePath(leaves.slice(split), index - split), merkleRoot(leaves.slice(0, split))];
}

/** Checks an inclusion proof (RFC 9162 section 2.1.3.2). False for a wrong index, size, path length or hash. */
export function verifyMerklePath(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let [position, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(sibling, hash);
      while (position % 2 === 0 && position !== 0) {
        position = Math.floor(position / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equalBytes(hash, root);
}

/**
 * Checks that the tree of `second` leaves begins with the tree of `first` (RFC 9162 section 2.1.4.2). A tree of no
 * leaves begins every tree, and a tree begins itself: both with an empty path. False for whatever does not fit.
 */
export function verifyConsistency(
  first: { readonly size: number; readonly root: Uint8Array },
  second: { readonly size: number; readonly root: Uint8Array },
  path: readonly Uint8Array[],
): boolean {
  if (!Number.isSafeInteger(first.size) || !Number.isSafeInteger(second.size)) return false;
  if (first.size < 0 || first.size > second.size) return false;
  if (first.size === second.size) return path.length === 0 && equalBytes(first.root, second.root);
  if (first.size === 0) return path.length === 0 && equalBytes(first.root, merkleRoot([]));
  let [position, last] = [first.size - 1, second.size - 1];
  const half = (): void => {
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  };
  while (position % 2 === 1) half();
  // A first tree that is perfect stands in the second one as it is.
  const [start, ...siblings] = position === 0 ? [first.root, ...path] : path;
  if (start === undefined) return false;
  let [firstHash, secondHash] = [start, start];
  for (const sibling of siblings) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      firstHash = nodeHash(sibling, firstHash);
      secondHash = nodeHash(sibling, secondHash);
      while (position % 2 === 0 && position !== 0) half();
    } else {
      secondHash = nodeHash(secondHash, sibling);
    }
    half();
  }
  return last === 0 && equalBytes(firstHash, first.root) && equalBytes(secondHash, second.root);
}

/**
 * A growing tree kept as its peaks (perfect subtrees, largest first): append and root in O(log n).
 * The root equals `merkleRoot` over the same leaves.
 */
export type Peaks = readonly { readonly size: number; readonly hash: Uint8Array }[];

export function appendPeak(peaks: Peaks, leaf: Uint8Array): Peaks {
  const grown = [...peaks];
  let added = { size: 1, hash: leaf };
  for (let top = grown.at(-1); top !== undefined && top.size === added.size; top = grown.at(-1)) {
    grown.pop();
    added = { size: added.size * 2, hash: nodeHash(top.hash, added.hash) };
  }
  return [...grown, added];
}

export const peaksRoot = (peaks: Peaks): Uint8Array =>
  peaks.length === 0
    ? merkleRoot([])
    : peaks.map((peak) => peak.hash).reduceRight((right, left) => nodeHash(left, right));
