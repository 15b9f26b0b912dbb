/**
 * The Merkle tree over all header hashes, as far as this store holds them. Hashes over whole chunks of leaves are kept in
 * one small value beside the history, so that a proof reads at most a few chunks of leaves, however long the history is.
 */
import { hash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { consistencyPath, inclusionPath } from '../../core/merkle-source.ts';
import type { Db } from './database.ts';
import type { Meta } from './meta.ts';

/** Leaves in a chunk: 125 KB of chunk hashes for a million blocks, and at most 512 rows to read for one proof. */
export const chunkLeaves = 256;
const hashBytes = 32;
/** Chunks whose inner nodes are held, 16 KB each. */
const heldChunks = 64;

export type HistoryTree = {
  /** In the transaction of the block at `height`: hashes the chunk that it fills, so that no proof pays for many. */
  extend(height: number): void;
  /** Path of the header at `height` in the tree below the header at `head`. */
  inclusion(height: number, head: number): readonly Uint8Array[];
  /** From the tree below the header at `from` to the one below `to`. Both throw `replica/pruned`. */
  consistency(from: number, to: number): readonly Uint8Array[];
};

/** As in core/merkle, by the faster hash that Node has: a whole chunk is hashed for one path. */
const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  hash('sha256', Buffer.concat([nodePrefix, left, right]), 'buffer');
const leafHash = (bytes: Uint8Array): Uint8Array => hash('sha256', Buffer.concat([leafPrefix, bytes]), 'buffer');
const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** All levels of a perfect tree: leaves first, the root last. */
function levelsOf(leaves: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const levels = [leaves];
  for (let level = leaves; level.length > 1; levels.push(level)) {
    const below = level;
    level = Array.from({ length: below.length / 2 }, (_, index) =>
      nodeHash(at(below, 2 * index), at(below, 2 * index + 1)),
    );
  }
  return levels;
}

function at(hashes: readonly Uint8Array[] | undefined, index: number): Uint8Array {
  const found = hashes?.[index];
  if (found === undefined) throw new AppError('replica/pruned', 'older headers are not kept here');
  return found;
}

export function openHistoryTree(db: Db, meta: Meta): HistoryTree {
  const select = db
    .prepare<[number, number], Buffer>('SELECT hash FROM blocks WHERE height >= ? AND height < ? ORDER BY height')
    .pluck();
  /** As committed; what is missing there is hashed when a proof needs it. */
  let chunks: Uint8Array[] = [];
  /** Inner nodes above the chunks by `start:size`; they never change. */
  const above = new Map<string, Uint8Array>();
  const held = new Map<number, readonly (readonly Uint8Array[])[]>();

  function leavesFrom(start: number, size: number): readonly Uint8Array[] {
    const hashes = select.all(start, start + size);
    if (hashes.length !== size) throw new AppError('replica/pruned', `headers from ${start} on are not kept here`);
    return hashes.map(leafHash);
  }

  /** Inner nodes of a whole chunk; the ones used last stay. */
  function levelsIn(chunk: number): readonly (readonly Uint8Array[])[] {
    const levels = held.get(chunk) ?? levelsOf(leavesFrom(chunk * chunkLeaves, chunkLeaves));
    held.delete(chunk);
    held.set(chunk, levels);
    const [oldest] = held.keys();
    if (held.size > heldChunks && oldest !== undefined) held.delete(oldest);
    return levels;
  }

  const stored = (): Uint8Array[] => readChunks(meta.get('history-chunks'));
  const rootOf = (chunk: number): Uint8Array => at(levelsOf(leavesFrom(chunk * chunkLeaves, chunkLeaves)).at(-1), 0);

  /** Chunks among the first `leaves` leaves. */
  function fill(leaves: number): void {
    const whole = Math.floor(leaves / chunkLeaves);
    // Only what is below the head: a block that is being written may yet be dropped.
    if (chunks.length < whole) chunks = stored().slice(0, whole);
    while (chunks.length < whole) chunks.push(rootOf(chunks.length));
  }

  function subtree(start: number, size: number): Uint8Array {
    const chunk = Math.floor(start / chunkLeaves);
    if (size < chunkLeaves) {
      if (chunk >= chunks.length) return at(levelsOf(leavesFrom(start, size)).at(-1), 0);
      return at(levelsIn(chunk)[Math.log2(size)], (start % chunkLeaves) / size);
    }
    if (size === chunkLeaves) return at(chunks, chunk);
    const key = `${start}:${size}`;
    const known = above.get(key) ?? nodeHash(subtree(start, size / 2), subtree(start + size / 2, size / 2));
    above.set(key, known);
    return known;
  }

  return {
    extend(height) {
      if ((height + 1) % chunkLeaves !== 0) return;
      const roots = stored();
      // A light replica does not hold the oldest headers (but for block 0), and proves nothing about them.
      const next = roots.length * chunkLeaves;
      if (select.all(next, next + chunkLeaves).length !== chunkLeaves) return;
      while (roots.length < (height + 1) / chunkLeaves) roots.push(rootOf(roots.length));
      meta.set('history-chunks', Buffer.concat(roots));
    },
    inclusion(height, head) {
      fill(head);
      return inclusionPath(subtree, height, head);
    },
    consistency(from, to) {
      fill(to);
      return consistencyPath(subtree, from, to);
    },
  };
}

function readChunks(bytes: Uint8Array | undefined): Uint8Array[] {
  const count = (bytes?.length ?? 0) / hashBytes;
  return Array.from({ length: count }, (_, index) =>
    (bytes ?? new Uint8Array(0)).slice(index * hashBytes, (index + 1) * hashBytes),
  );
}
