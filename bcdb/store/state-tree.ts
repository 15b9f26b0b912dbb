/**
 * The state tree of a replica (core/state-tree) in its database: leaves and bucket hashes as of the last root. `plan` finds
 * the root after a block that is not written yet, `write` keeps it in that block's transaction. Only what changed since the
 * last root is hashed; which that is, the versions and records say, so nothing has to be remembered across a restart.
 */
import { concatBytes } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import type { Peaks } from '../../core/merkle.ts';
import {
  authorBytes,
  bucketHash,
  bucketOf,
  chainBytes,
  type StateItem,
  StateNodes,
  stateLeaf,
} from '../../core/state-tree.ts';
import type { Head } from './chain.ts';
import type { Db } from './database.ts';
import type { Execution } from './executor.ts';
import type { Meta } from './meta.ts';
import { fastSha256 } from './sha256.ts';
import { createItemReader, type ItemReader } from './state-items.ts';
import { type Entry, entryOf, pageBuckets, readEntries, type TreeStore, treeStore } from './tree-store.ts';

/** A root that was found and is not written yet. */
export type TreeUpdate = {
  readonly height: number;
  readonly root: Uint8Array;
  readonly peaks: Peaks;
  readonly nodes: StateNodes;
  /** Changed buckets with their leaves. */
  readonly buckets: ReadonlyMap<number, Uint8Array>;
};

/** Where the tree stands: the height of its root, and the last version that is in it. */
type Standing = { readonly height: number; readonly version: number };

/** What a block changed, as leaves. */
export function itemsOf({ changes, authors, executed }: Execution, head: Head | undefined): readonly StateItem[] {
  return [
    ...changes.map(({ change: { kind, key }, bytes, dueMs }) => ({ kind, key: keyBytes(key), bytes, dueMs })),
    ...authors.map(({ author, end }) => ({
      kind: 'author' as const,
      key: keyBytes(author),
      bytes: authorBytes(end.seq, end.last),
      dueMs: null,
    })),
    { kind: 'chain', key: noKey, bytes: chainBytes((head?.recordTotal ?? 0) + executed.length), dueMs: null },
  ];
}

const noKey = new Uint8Array(0);
const keyBytes = (key: string): Uint8Array => (key === 'grid' ? noKey : Buffer.from(key, 'hex'));

export class StateTree {
  readonly #meta: Meta;
  readonly #items: ItemReader;
  readonly #store: TreeStore;
  #held: { readonly height: number; readonly nodes: StateNodes } | undefined;

  constructor(db: Db, meta: Meta) {
    this.#meta = meta;
    this.#items = createItemReader(db);
    this.#store = treeStore(db);
  }

  #standing(): Standing | undefined {
    const bytes = this.#meta.get('state-tree');
    if (bytes === undefined) return undefined;
    const [height, version] = decode(bytes) as [number, number];
    return { height, version };
  }

  /** The nodes at the last root, from memory while that is the one on disk. */
  #nodesAt(height: number): StateNodes {
    if (this.#held?.height !== height) this.#held = { height, nodes: this.#store.nodes(height) };
    return this.#held.nodes;
  }

  /** The root after the block of this height, whose changes are `fresh`, on top of `head`. Writes nothing. */
  plan(height: number, fresh: readonly StateItem[], peaks: Peaks): TreeUpdate {
    const standing = this.#standing();
    const changed = new Map<number, Map<string, Entry>>();
    const note = (item: StateItem): void => {
      const bucket = bucketOf(item.kind, item.key, fastSha256);
      const entry = entryOf(item, stateLeaf(item, fastSha256));
      const entries = changed.get(bucket) ?? new Map<string, Entry>();
      entries.set(entry.id, entry);
      changed.set(bucket, entries);
    };
    const earlier = standing === undefined ? this.#items.all() : this.#items.since(standing.height, standing.version);
    for (const item of earlier) note(item);
    for (const item of fresh) note(item);
    const buckets = new Map<number, Uint8Array>();
    const hashes = new Map<number, Uint8Array>();
    for (const [bucket, entries] of changed) {
      const merged = mergeEntries(readEntries(this.#store.leaves(bucket)), entries);
      buckets.set(bucket, concatBytes(...merged.map(({ bytes }) => bytes)));
      hashes.set(
        bucket,
        bucketHash(
          merged.map(({ leaf }) => leaf),
          fastSha256,
        ),
      );
    }
    const before = standing === undefined ? StateNodes.empty(fastSha256) : this.#nodesAt(standing.height);
    const nodes = before.with(hashes);
    return { height, root: nodes.root, peaks, nodes, buckets };
  }

  /** Into the open transaction, after the block's changes. */
  write({ height, nodes, buckets, peaks }: TreeUpdate): void {
    const pages = new Set<number>();
    for (const [bucket, leaves] of buckets) {
      this.#store.setLeaves(bucket, leaves);
      pages.add(Math.floor(bucket / pageBuckets));
    }
    const isFirst = this.#standing() === undefined;
    this.#store.setNodes(height, nodes, isFirst ? undefined : pages);
    this.#store.setRoot(height, peaks);
    this.#meta.set('state-tree', encode([height, this.#items.lastVersion()]));
    // Should the transaction fail, the height on disk is another, and this is not used.
    this.#held = { height, nodes };
  }
}

/** A bucket's leaves in order, those that changed replaced. */
function mergeEntries(before: readonly Entry[], changed: ReadonlyMap<string, Entry>): readonly Entry[] {
  const kept = before.filter(({ id }) => !changed.has(id));
  return [...kept, ...changed.values()].sort((a, b) => Buffer.compare(a.bytes, b.bytes));
}
