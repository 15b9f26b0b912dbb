/**
 * Serves snapshots out of a replica's own tables, as of any root that is still servable: nothing is copied beforehand, and
 * the replica goes on meanwhile. Also blocks by range. Reads only; each answer is one read transaction.
 */
import { decodeHeader } from '../../core/block.ts';
import { encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import { encodeManifest, encodePiece, type PieceAsk } from '../../core/snapshot.ts';
import { type StateItem, type StateNodes, stateLeaf } from '../../core/state-tree.ts';
import { Chain } from './chain.ts';
import type { Db } from './database.ts';
import { openMeta } from './meta.ts';
import { fastSha256 } from './sha256.ts';
import { createItemReaderAt } from './state-items.ts';
import { entryBytes, readEntries, subjectOf, treeStore } from './tree-store.ts';

/** Objects in one piece, unless a single one is larger. */
const pieceBytes = 1024 * 1024;
/** Blocks in one answer, unless a single one is larger. */
const blocksBytes = 4 * 1024 * 1024;
const mostBlocks = 512;

export type SnapshotSource = {
  /** Of the newest snapshot, or that of a height. Throws `snapshot/unavailable`. */
  manifest(height?: number): Uint8Array;
  /** Throws `snapshot/unavailable` when that height is not served any more. */
  piece(ask: PieceAsk): Uint8Array;
  /** Blocks as they travel from a height on, as canonical CBOR of an array. Throws `replica/not-executed-yet | pruned`. */
  blocks(from: number): Uint8Array;
};

/** `db` may be a connection that only reads. */
export function openSnapshotSource(db: Db, mostBytes: number = pieceBytes): SnapshotSource {
  const store = treeStore(db);
  const itemAt = createItemReaderAt(db);
  const chain = new Chain(db, openMeta(db));
  const held = new Map<number, StateNodes>();
  const recordCount = db.prepare<[number], number>('SELECT record_total FROM blocks WHERE height = ?').pluck();
  const objectCount = db
    .prepare<[number], number>('SELECT coalesce(sum(length(leaves)), 0) / ? FROM state_leaves')
    .pluck();

  const unavailable = (height: number): AppError => new AppError('snapshot/unavailable', `height ${height}`);

  /** The tree as of a root; only one that is the root in the certified header is served. */
  function nodesAt(height: number): StateNodes {
    const known = held.get(height);
    if (known !== undefined) return known;
    const root = rootAt(height);
    const nodes = store.nodes(height);
    if (root === undefined || Buffer.compare(nodes.root, root) !== 0) throw unavailable(height);
    held.set(height, nodes);
    const [oldest] = held.keys();
    if (held.size > 2 && oldest !== undefined) held.delete(oldest);
    return nodes;
  }

  function rootAt(height: number): Uint8Array | undefined {
    const block = chain.stored(height);
    return block === undefined ? undefined : decodeHeader(block.headerBytes).stateRoot;
  }

  /** A bucket's objects as of a height, in order. Objects are never deleted: those of the last root are all there can be. */
  function* itemsOf(bucket: number, height: number): Iterable<StateItem> {
    for (const entry of readEntries(store.leaves(bucket))) {
      const item = itemAt(subjectOf(entry), height);
      if (item !== undefined) yield item;
    }
  }

  function wholePiece({ height, level, position }: PieceAsk, path: readonly Uint8Array[]): Uint8Array {
    const items: StateItem[] = [];
    let size = 0;
    for (let bucket = position * 2 ** level; bucket < (position + 1) * 2 ** level; bucket++) {
      for (const item of itemsOf(bucket, height)) {
        items.push(item);
        size += item.bytes.length;
        if (size > mostBytes && items.length > 1) return encodePiece(undefined);
      }
    }
    return encodePiece({ items, before: [], behind: [], path });
  }

  /** One bucket, from its `skip`th object on as many as fit; of the others their leaves. */
  function partOfBucket({ height, position, skip }: PieceAsk, path: readonly Uint8Array[]): Uint8Array {
    const items: StateItem[] = [];
    const before: Uint8Array[] = [];
    const behind: Uint8Array[] = [];
    let size = 0;
    for (const item of itemsOf(position, height)) {
      if (before.length < skip) {
        before.push(stateLeaf(item, fastSha256));
        continue;
      }
      size += item.bytes.length;
      if (behind.length === 0 && (items.length === 0 || size <= mostBytes)) items.push(item);
      else behind.push(stateLeaf(item, fastSha256));
    }
    return encodePiece({ items, before, behind, path });
  }

  const inOneView = <T>(work: () => T): T => db.transaction(work)();

  return {
    manifest: (wanted) =>
      inOneView(() => {
        const heights = store.roots();
        const height = wanted ?? heights[0] ?? 0;
        const peaks = store.peaks(height);
        const block = chain.stored(height);
        const genesis = chain.blockBytes(0);
        if (peaks === undefined || block === undefined || genesis === undefined) throw unavailable(height);
        nodesAt(height);
        const { headerBytes: header, certificate } = block;
        chain.guardians.drop(); // another connection may have written one since
        // With a change in this very block: whoever begins here goes on with the guardians after it.
        const { guardians } = chain.guardians.foundation(height + 1);
        return encodeManifest({
          header,
          certificate: [...certificate],
          peaks: [...peaks],
          genesis,
          guardians: [...guardians],
          heights: [...heights].slice(0, 16),
          objectCount: objectCount.get(entryBytes) ?? 0,
          recordCount: recordCount.get(height) ?? 0,
        });
      }),
    piece: (ask) =>
      inOneView(() => {
        if (store.peaks(ask.height) === undefined) throw unavailable(ask.height);
        const path = nodesAt(ask.height).path(ask.level, ask.position);
        return ask.level === 0 ? partOfBucket(ask, path) : wholePiece(ask, path);
      }),
    blocks: (from) =>
      inOneView(() => {
        const blocks: Uint8Array[] = [];
        let size = 0;
        for (let height = from; blocks.length < mostBlocks; height++) {
          const block = chain.blockBytes(height);
          if (block === undefined || (blocks.length > 0 && size + block.length > blocksBytes)) break;
          size += block.length;
          blocks.push(block);
        }
        if (blocks.length === 0) throw chain.missing(from);
        return encode(blocks);
      }),
  };
}
