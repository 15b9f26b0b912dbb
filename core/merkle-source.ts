/**
 * Merkle proofs over a tree too large to hold: made from perfect subtrees, of which some store knows the hashes
 * (RFC 9162 sections 2.1.3.1 and 2.1.4.1). A proof over n leaves asks for at most 2 log2(n) of them. Pure.
 */
import { nodeHash, splitOf } from './merkle.ts';

/** Hash over the leaves [start, start + size); `size` is a power of two and `start` a multiple of it. */
export type SubtreeAt = (start: number, size: number) => Uint8Array;

/** Root over the leaves [start, start + size), size > 0; `start` is where RFC 9162 splits a tree. */
function rangeRoot(at: SubtreeAt, start: number, size: number): Uint8Array {
  if (size === 1) return at(start, 1);
  const split = splitOf(size);
  return split * 2 === size ? at(start, size) : nodeHash(at(start, split), rangeRoot(at, start + split, size - split));
}

/** Sibling hashes from the leaf at `index` up to the root over `size` leaves: what `verifyMerklePath` takes. */
export function inclusionPath(at: SubtreeAt, index: number, size: number): readonly Uint8Array[] {
  const path = (start: number, length: number): readonly Uint8Array[] => {
    if (length <= 1) return [];
    const split = splitOf(length);
    const middle = start + split;
    return index < middle
      ? [...path(start, split), rangeRoot(at, middle, length - split)]
      : [...path(middle, length - split), rangeRoot(at, start, split)];
  };
  return path(0, size);
}

/** What shows that the tree of `first` leaves begins the tree of `second`: what `verifyConsistency` takes. */
export function consistencyPath(at: SubtreeAt, first: number, second: number): readonly Uint8Array[] {
  /** SUBPROOF(first, [start, start + length), isWhole): `isWhole` while the verifier has that root already. */
  const proof = (left: number, start: number, length: number, isWhole: boolean): readonly Uint8Array[] => {
    if (left === length) return isWhole ? [] : [rangeRoot(at, start, length)];
    const split = splitOf(length);
    return left <= split
      ? [...proof(left, start, split, isWhole), rangeRoot(at, start + split, length - split)]
      : [...proof(left - split, start + split, length - split, false), rangeRoot(at, start, split)];
  };
  return first === 0 ? [] : proof(first, 0, second, true);
}
