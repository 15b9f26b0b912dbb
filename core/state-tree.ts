/**
 * The state tree (docs/BCDB.md, "State tree"): every current object is a leaf, leaves share 2^16 buckets, and the root over
 * the buckets stands in some headers, so that a snapshot proves itself piece by piece. Pure.
 */
import { concatBytes, equalBytes, sha256 } from './bytes.ts';
import { encode } from './cbor.ts';

/** Kinds of leaves, in the order in which they stand in a bucket: that of their names. */
export const leafKinds = [
  'account',
  'author',
  'chain',
  'contract',
  'farm',
  'node',
  'policy',
  'profile',
  'totals',
] as const;
export type LeafKind = (typeof leafKinds)[number];

/** Levels of the tree above the buckets, and how many buckets there are. */
export const treeLevels = 16;
export const bucketCount: number = 2 ** treeLevels;

/** Headers at these heights carry `stateRoot`. Block 0 does not: the genesis says it all. */
export const stateRootEvery = 256;
export const hasStateRoot = (height: number): boolean => height > 0 && height % stateRootEvery === 0;

/** SHA-256 by whoever has it fastest; every one gives the same. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

/** An object as the tree sees it. `key`: 32 bytes, or none where a grid has one of its kind. */
export type StateItem = {
  readonly kind: LeafKind;
  readonly key: Uint8Array;
  readonly bytes: Uint8Array;
  /** When time itself will change it: contracts and nodes; null for never. */
  readonly dueMs: number | null;
};

/** Object bytes of an author's chain: where it ends. */
export const authorBytes = (seq: number, last: Uint8Array): Uint8Array => encode([seq, last]);
/** Object bytes of the one `chain` object: how many records all blocks hold. */
export const chainBytes = (recordTotal: number): Uint8Array => encode([recordTotal]);

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** Leaf of an object: SHA-256(0 || cbor([kind, key, bytes, dueMs])). */
export const stateLeaf = ({ kind, key, bytes, dueMs }: StateItem, hash: Hash = sha256): Uint8Array =>
  hash(concatBytes(leafPrefix, encode([kind, key, bytes, dueMs])));

/** The first two bytes of SHA-256(cbor([kind, key])). */
export function bucketOf(kind: LeafKind, key: Uint8Array, hash: Hash = sha256): number {
  const slot = hash(encode([kind, key]));
  return ((slot[0] ?? 0) << 8) | (slot[1] ?? 0);
}

/** Order of leaves in a bucket: by kind, then by key, bytewise. */
export function compareItems(a: Pick<StateItem, 'kind' | 'key'>, b: Pick<StateItem, 'kind' | 'key'>): number {
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  for (let index = 0; index < a.key.length; index++) {
    const difference = (a.key[index] ?? 0) - (b.key[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A bucket's hash: SHA-256(0 || its leaves in order). */
export const bucketHash = (leaves: readonly Uint8Array[], hash: Hash = sha256): Uint8Array =>
  hash(concatBytes(leafPrefix, ...leaves));

const nodeOf = (left: Uint8Array, right: Uint8Array, hash: Hash): Uint8Array =>
  hash(concatBytes(nodePrefix, left, right));

/**
 * All nodes of the tree in one array, as a heap: the root at 1, the children of n at 2n and 2n+1, bucket b at
 * `bucketCount + b`. The root is that of RFC 9162 over the buckets' hashes.
 */
export class StateNodes {
  readonly #bytes: Uint8Array;
  readonly #hash: Hash;

  private constructor(bytes: Uint8Array, hash: Hash) {
    this.#bytes = bytes;
    this.#hash = hash;
  }

  /** Of a state without objects. */
  static empty(hash: Hash = sha256): StateNodes {
    const bytes = new Uint8Array(2 * bucketCount * 32);
    let node = bucketHash([], hash);
    for (let first = bucketCount; first >= 1; first /= 2) {
      for (let index = first; index < 2 * first; index++) bytes.set(node, index * 32);
      node = nodeOf(node, node, hash);
    }
    return new StateNodes(bytes, hash);
  }

  /** Of all buckets' hashes, one after the other. */
  static over(hashes: Uint8Array, hash: Hash = sha256): StateNodes {
    const bytes = new Uint8Array(2 * bucketCount * 32);
    bytes.set(hashes, bucketCount * 32);
    const nodes = new StateNodes(bytes, hash);
    for (let index = bucketCount - 1; index >= 1; index--) nodes.#join(index);
    return nodes;
  }

  /** A copy in which some buckets have another hash. */
  with(buckets: ReadonlyMap<number, Uint8Array>): StateNodes {
    const changed = new StateNodes(this.#bytes.slice(), this.#hash);
    let indexes = new Set<number>();
    for (const [bucket, hash] of buckets) {
      changed.#bytes.set(hash, (bucketCount + bucket) * 32);
      indexes.add((bucketCount + bucket) >> 1);
    }
    while (indexes.size > 0 && !indexes.has(0)) {
      const above = new Set<number>();
      for (const index of indexes) {
        changed.#join(index);
        above.add(index >> 1);
      }
      indexes = above;
    }
    return changed;
  }

  #join(index: number): void {
    this.#bytes.set(nodeOf(this.#at(2 * index), this.#at(2 * index + 1), this.#hash), index * 32);
  }

  #at(index: number): Uint8Array {
    return this.#bytes.subarray(index * 32, (index + 1) * 32);
  }

  get root(): Uint8Array {
    return this.#at(1).slice();
  }

  /** Hashes of `count` buckets from `first` on, one after the other. */
  buckets(first: number, count: number): Uint8Array {
    return this.#bytes.slice((bucketCount + first) * 32, (bucketCount + first + count) * 32);
  }

  /** Sibling hashes from the subtree over `2^level` buckets at `index` up to the root. */
  path(level: number, index: number): readonly Uint8Array[] {
    const path: Uint8Array[] = [];
    for (let node = (bucketCount >> level) + index; node > 1; node >>= 1) path.push(this.#at(node ^ 1).slice());
    return path;
  }
}

/** Whether the buckets' hashes of a subtree (`2^level` of them) stand at `index` under `root`. */
export function verifySubtree(
  hashes: readonly Uint8Array[],
  {
    level,
    index,
    path,
    root,
  }: {
    readonly level: number;
    readonly index: number;
    readonly path: readonly Uint8Array[];
    readonly root: Uint8Array;
  },
  hash: Hash = sha256,
): boolean {
  if (hashes.length !== 2 ** level || path.length !== treeLevels - level) return false;
  let row = [...hashes];
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < row.length; at += 2) above.push(nodeOf(row[at] ?? root, row[at + 1] ?? root, hash));
    row = above;
  }
  let [top = root] = row;
  let at = index;
  for (const sibling of path) {
    top = at % 2 === 0 ? nodeOf(top, sibling, hash) : nodeOf(sibling, top, hash);
    at = Math.floor(at / 2);
  }
  return at === 0 && equalBytes(top, root);
}
