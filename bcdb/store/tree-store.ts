/**
 * Rows of the state tree: per bucket its leaves as of the last root; the buckets' hashes, in pages, as of every root that can
 * still be served; and those roots. Hashes nothing.
 */
import { equalBytes } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import type { Peaks } from '../../core/merkle.ts';
import {
  bucketCount,
  type LeafKind,
  leafKinds,
  type StateItem,
  StateNodes,
  stateRootEvery,
} from '../../core/state-tree.ts';
import { type Db, hexOf, plain } from './database.ts';
import { fastSha256 } from './sha256.ts';

/** A leaf on disk: kind (its place in `leafKinds`), key (zeros for none), hash. In this order they are a bucket's order. */
export type Entry = { readonly id: string; readonly leaf: Uint8Array; readonly bytes: Uint8Array };
export const entryBytes: number = 1 + 32 + 32;

export function entryOf({ kind, key }: Pick<StateItem, 'kind' | 'key'>, leaf: Uint8Array): Entry {
  const bytes = new Uint8Array(entryBytes);
  bytes[0] = leafKinds.indexOf(kind);
  bytes.set(key, 1);
  bytes.set(leaf, 33);
  return { id: hexOf(bytes.subarray(0, 33)), leaf, bytes };
}

export function readEntries(leaves: Uint8Array): readonly Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < leaves.length; at += entryBytes) {
    const bytes = leaves.subarray(at, at + entryBytes);
    entries.push({ id: hexOf(bytes.subarray(0, 33)), leaf: bytes.subarray(33), bytes });
  }
  return entries;
}

const isSingle = (kind: LeafKind): boolean => kind === 'chain' || kind === 'policy' || kind === 'totals';

/** What a leaf on disk is of. Throws `replica/corrupt`. */
export function subjectOf({ bytes }: Entry): Pick<StateItem, 'kind' | 'key'> {
  const kind = leafKinds[bytes[0] ?? leafKinds.length];
  if (kind === undefined) throw new AppError('replica/corrupt', 'a leaf of no kind');
  return { kind, key: isSingle(kind) ? new Uint8Array(0) : bytes.subarray(1, 33) };
}

/** Buckets whose hashes share a row. */
export const pageBuckets = 256;
const pageCount = bucketCount / pageBuckets;

/**
 * Which roots stay servable: the newest two at multiples of 1, 16, 256 and 4096 roots, so that somebody who needs long to
 * fetch a large state finds one that stays. `newest`: the last root's height.
 */
export function servableRoots(newest: number): ReadonlySet<number> {
  const kept = new Set<number>();
  for (const step of [1, 16, 256, 4096].map((roots) => roots * stateRootEvery)) {
    const last = newest - (newest % step);
    for (const height of [last, last - step]) if (height > 0) kept.add(height);
  }
  kept.add(newest);
  return kept;
}

export type TreeStore = ReturnType<typeof treeStore>;

/** Prepares all statements once. */
export function treeStore(db: Db) {
  const selectLeaves = db.prepare<[number], Buffer>('SELECT leaves FROM state_leaves WHERE bucket = ?').pluck();
  const selectFilled = db.prepare<[], { bucket: number; leaves: Buffer }>('SELECT bucket, leaves FROM state_leaves');
  const upsertLeaves = db.prepare(
    'INSERT INTO state_leaves VALUES (?, ?) ON CONFLICT (bucket) DO UPDATE SET leaves = excluded.leaves',
  );
  const selectPage = db
    .prepare<[number, number], Buffer>(
      'SELECT hashes FROM state_hashes WHERE page = ? AND height <= ? ORDER BY height DESC LIMIT 1',
    )
    .pluck();
  const insertPage = db.prepare('INSERT INTO state_hashes VALUES (?, ?, ?)');
  const pageHeights = db.prepare<[number], number>('SELECT height FROM state_hashes WHERE page = ?').pluck();
  const deletePage = db.prepare('DELETE FROM state_hashes WHERE page = ? AND height = ?');
  const insertRoot = db.prepare('INSERT INTO state_roots VALUES (?, ?)');
  const deleteRoot = db.prepare('DELETE FROM state_roots WHERE height = ?');
  const selectRoots = db.prepare<[], number>('SELECT height FROM state_roots ORDER BY height DESC').pluck();
  const selectRoot = db.prepare<[number], Buffer>('SELECT peaks FROM state_roots WHERE height = ?').pluck();

  /** Rows of a page that no servable root needs. */
  function prunePage(page: number, roots: ReadonlySet<number>): void {
    const heights = pageHeights.all(page).toSorted((a, b) => a - b);
    const needed = new Set([...roots].map((root) => heights.findLast((height) => height <= root)));
    for (const height of heights) if (!needed.has(height)) deletePage.run(page, height);
  }

  return {
    leaves(bucket: number): Uint8Array {
      const found = selectLeaves.get(bucket);
      return found === undefined ? new Uint8Array(0) : plain(found);
    },
    /** Every bucket that is not empty. */
    filled: (): Iterable<{ readonly bucket: number; readonly leaves: Uint8Array }> => selectFilled.iterate(),
    /** Whether the hashes on disk as of a root are those of `nodes`. */
    holds: (height: number, nodes: StateNodes): boolean =>
      Array.from({ length: pageCount }, (_, page) => page).every((page) => {
        const found = selectPage.get(page, height);
        return found !== undefined && equalBytes(plain(found), nodes.buckets(page * pageBuckets, pageBuckets));
      }),
    setLeaves: (bucket: number, leaves: Uint8Array): void => void upsertLeaves.run(bucket, leaves),
    /** All nodes as of a root. Throws `replica/corrupt`. */
    nodes(height: number): StateNodes {
      const hashes = new Uint8Array(bucketCount * 32);
      for (let page = 0; page < pageCount; page++) {
        const found = selectPage.get(page, height);
        if (found === undefined) throw new AppError('replica/corrupt', `state tree: page ${page} at height ${height}`);
        hashes.set(plain(found), page * pageBuckets * 32);
      }
      return StateNodes.over(hashes, fastSha256);
    },
    /** `changed`: pages with another hash than before; undefined: all. */
    setNodes(height: number, nodes: StateNodes, changed: ReadonlySet<number> | undefined): void {
      const roots = servableRoots(height);
      for (const page of changed ?? Array.from({ length: pageCount }, (_, index) => index)) {
        insertPage.run(page, height, nodes.buckets(page * pageBuckets, pageBuckets));
        prunePage(page, roots);
      }
    },
    setRoot(height: number, peaks: Peaks): void {
      const roots = servableRoots(height);
      for (const root of selectRoots.all()) if (!roots.has(root)) deleteRoot.run(root);
      insertRoot.run(height, encode(peaks));
    },
    /** Heights of roots that can be served, newest first. */
    roots: (): readonly number[] => selectRoots.all(),
    /** Peaks over all headers below a root's; undefined when it cannot be served any more. */
    peaks(height: number): Peaks | undefined {
      const found = selectRoot.get(height);
      return found === undefined ? undefined : (decode(plain(found)) as Peaks);
    },
  };
}
