// SHA-256 and the Merkle trees of RFC 9162: the leaf of a record, and both proofs. Nothing of the app is used here.

import { createHash } from 'node:crypto';
import { cborBytes, cborHead, cborText } from './cbor.mjs';

/** @param {readonly Uint8Array[]} parts @returns {Uint8Array} */
export const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** @param {Uint8Array} a @param {Uint8Array} b */
export const isSame = (a, b) => Buffer.compare(a, b) === 0;

/** @param {Uint8Array} leaf */
export const leafHash = (leaf) => sha256(Uint8Array.of(0), leaf);
/** @param {Uint8Array} left @param {Uint8Array} right */
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

/** The leaf of a record: canonical CBOR of `[id, verdict]`. @param {Uint8Array} id @param {string} verdict */
export const recordLeaf = (id, verdict) => leafHash(Buffer.concat([cborHead(4, 2), cborBytes(id), cborText(verdict)]));

/** @param {bigint} value */
const isOdd = (value) => (value & 1n) === 1n;

/**
 * RFC 9162 section 2.1.3.2: does `leaf` stand at `index` of the tree of `size` leaves?
 * @param {{ leaf: Uint8Array, index: number, size: number, path: readonly Uint8Array[], root: Uint8Array }} proof
 */
export function isIncluded({ leaf, index, size, path, root }) {
  if (index >= size) return false;
  let [fn, sn, hash] = [BigInt(index), BigInt(size) - 1n, leaf];
  for (const sibling of path) {
    if (sn === 0n) return false;
    if (isOdd(fn) || fn === sn) {
      hash = nodeHash(sibling, hash);
      for (; !isOdd(fn) && fn !== 0n; sn >>= 1n) fn >>= 1n;
    } else {
      hash = nodeHash(hash, sibling);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && isSame(hash, root);
}

/**
 * RFC 9162 section 2.1.4.2: does the tree of `to.size` leaves begin with the tree of `from.size`? One of no leaves begins
 * every tree.
 * @param {{ size: number, root: Uint8Array }} from @param {{ size: number, root: Uint8Array }} to
 * @param {readonly Uint8Array[]} path
 */
export function isConsistent(from, to, path) {
  if (from.size > to.size) return false;
  if (from.size === to.size) return path.length === 0 && isSame(from.root, to.root);
  if (from.size === 0) return path.length === 0 && isSame(from.root, sha256());
  let [fn, sn] = [BigInt(from.size) - 1n, BigInt(to.size) - 1n];
  const isPerfect = (fn & (fn + 1n)) === 0n;
  const [start, ...hashes] = isPerfect ? [from.root, ...path] : path;
  if (start === undefined) return false;
  for (; isOdd(fn); sn >>= 1n) fn >>= 1n;
  let [fr, sr] = [start, start];
  for (const sibling of hashes) {
    if (sn === 0n) return false;
    if (isOdd(fn) || fn === sn) {
      [fr, sr] = [nodeHash(sibling, fr), nodeHash(sibling, sr)];
      for (; !isOdd(fn) && fn !== 0n; sn >>= 1n) fn >>= 1n;
    } else {
      sr = nodeHash(sr, sibling);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && isSame(fr, from.root) && isSame(sr, to.root);
}
