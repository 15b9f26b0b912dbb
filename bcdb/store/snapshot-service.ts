/**
 * Answers what peers ask of a replica's history and state, out of a connection that only reads: manifests and pieces of
 * snapshots, and blocks by range. Also looks the database over. Runs beside the store, so that neither delays a block.
 */

import { join } from 'node:path';
import Database from 'better-sqlite3';
import * as v from 'valibot';
import { decode, encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { anyBytes, integer, parse } from '../../core/schema.ts';
import { decodeAsk } from '../../core/snapshot.ts';
import { Chain } from './chain.ts';
import { withStorageErrors } from './database.ts';
import { type Mending, planMending } from './mend.ts';
import { openMeta } from './meta.ts';
import { openSlowScrub, type ScrubStep } from './scrub-slowly.ts';
import { openSnapshotSource } from './snapshot-source.ts';

/** A question to the peer method `snapshot`: the manifest of a height (null: the newest), or a piece by its ask. */
const questionSchema = v.union([
  v.strictTuple([v.literal('manifest'), v.nullable(integer(1))]),
  v.strictTuple([v.literal('piece'), anyBytes]),
]);

export const askManifest = (height: number | null): Uint8Array => encode(['manifest', height]);
export const askPiece = (ask: Uint8Array): Uint8Array => encode(['piece', ask]);

/** A question to the peer method `blocks`: the height of the first one. */
export const askBlocks = (from: number): Uint8Array => encode(from);

const blocksSchema = v.pipe(v.array(anyBytes), v.minLength(1), v.maxLength(1000));

/** Blocks as they travel. Throws `cbor/*` or `net/failed`. */
export const readBlocks = (bytes: Uint8Array): readonly Uint8Array[] =>
  parse(blocksSchema, decode(bytes), 'net/failed');

/** A call to the thread that reads beside the store. */
export type ReaderCall = { readonly id: number } & (
  | { readonly method: 'snapshot' | 'blocks'; readonly question: Uint8Array }
  | { readonly method: 'scrub'; readonly question: Uint8Array | undefined }
  | { readonly method: 'mend'; readonly question: readonly [height: number, block: Uint8Array] }
);

/** Everything that is read beside the store. */
export type SnapshotService = {
  /** Throws `cbor/*`, `net/refused` for a question of another shape, and what `SnapshotSource` throws. */
  answer(method: 'snapshot' | 'blocks', question: Uint8Array): Uint8Array;
  /** One step of looking the database over: see `SlowScrub`. */
  scrub(place: Uint8Array | undefined): ScrubStep;
  /** See `planMending`. */
  mend(height: number, block: Uint8Array): Mending;
  close(): void;
};

/** `folder`: that of a replica, whose store may be open. Throws `replica/not-found` or `replica/corrupt`. */
export function openSnapshotService(folder: string, verify: Verify): SnapshotService {
  return withStorageErrors(() => {
    const db = new Database(join(folder, 'replica.db'), { readonly: true, fileMustExist: true, timeout: 2000 });
    const source = openSnapshotSource(db);
    const slow = openSlowScrub(db, verify);
    return {
      answer: (method, question) =>
        withStorageErrors(() => {
          if (method === 'blocks') return source.blocks(parse(integer(0), decode(question), 'net/refused'));
          const asked = parse(questionSchema, decode(question), 'net/refused');
          if (asked[0] === 'piece') return source.piece(decodeAsk(asked[1]));
          return source.manifest(asked[1] ?? undefined);
        }),
      scrub: (place) => withStorageErrors(() => slow.step(place)),
      mend: (height, block) =>
        withStorageErrors(() => {
          const meta = openMeta(db);
          const grid = meta.get('grid');
          if (grid === undefined) throw new AppError('replica/not-found', 'no grid in this database');
          return planMending({ db, chain: new Chain(db, meta), grid, verify }, height, block);
        }),
      close: () => void db.close(),
    };
  });
}
