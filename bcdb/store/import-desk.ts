/** The store's door for a snapshot: one import at a time, only into a replica that has no block yet, never a guardian's. */
import { equalBytes } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { decodeAsk, type ManifestCheck } from '../../core/snapshot.ts';
import type { Db } from './database.ts';
import type { Meta } from './meta.ts';
import { emptyDatabase, importUnderWay, openImport, type PieceHere, type SnapshotImport } from './snapshot-import.ts';

export type ImportDesk = {
  /** The manifest of an import that is not finished; null: none. */
  underWay(): Uint8Array | null;
  /**
   * Begins, or goes on: answers what is here already. Throws `snapshot/*`, `replica/bad-certificate` for a manifest that
   * proves nothing, `grid/exists` where a head is.
   */
  begin(manifest: Uint8Array): readonly PieceHere[];
  /** See `SnapshotImport.add`. */
  add(ask: Uint8Array, bytes: Uint8Array): 'halves' | number | null;
  /** The snapshot's block is the head. Open the store anew after this. */
  finish(): void;
  /** Forgets an import that is not finished. Open the store anew after this. */
  reset(): void;
};

/** `canBegin`: no block is here, and no guardian lives here. */
export function openImportDesk(db: Db, meta: Meta, check: ManifestCheck, canBegin: () => boolean): ImportDesk {
  let current: SnapshotImport | undefined;

  function begun(): SnapshotImport {
    if (current === undefined) throw new AppError('snapshot/unavailable', 'no import was begun');
    return current;
  }

  return {
    underWay: () => importUnderWay(meta) ?? null,
    begin(manifest) {
      if (!canBegin()) throw new AppError('grid/exists', 'a snapshot begins a replica, it does not replace one');
      const before = importUnderWay(meta);
      if (before !== undefined && !equalBytes(before, manifest)) {
        throw new AppError('snapshot/unavailable', 'another one was begun');
      }
      current = openImport(db, meta, manifest, check);
      return current.here;
    },
    add: (ask, bytes) => begun().add(decodeAsk(ask), bytes),
    finish() {
      begun().finish();
      current = undefined;
    },
    reset() {
      if (!canBegin()) throw new AppError('grid/exists', 'there is a history here');
      current = undefined;
      emptyDatabase(db);
    },
  };
}
