/**
 * Answers what peers ask of a replica's history and state, out of a connection that only reads: manifests and pieces of
 * snapshots, and blocks by range. Runs beside the store, so that serving others never delays a block.
 */

import { join } from 'node:path';
import Database from 'better-sqlite3';
import * as v from 'valibot';
import { decode, encode } from '../../core/cbor.ts';
import { anyBytes, integer, parse } from '../../core/schema.ts';
import { decodeAsk } from '../../core/snapshot.ts';
import { withStorageErrors } from './database.ts';
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

export type SnapshotService = {
  /** Throws `cbor/*`, `net/refused` for a question of another shape, and what `SnapshotSource` throws. */
  answer(method: 'snapshot' | 'blocks', question: Uint8Array): Uint8Array;
  close(): void;
};

/** `folder`: that of a replica, whose store may be open. Throws `replica/not-found` or `replica/corrupt`. */
export function openSnapshotService(folder: string): SnapshotService {
  return withStorageErrors(() => {
    const db = new Database(join(folder, 'replica.db'), { readonly: true, fileMustExist: true, timeout: 2000 });
    const source = openSnapshotSource(db);
    return {
      answer: (method, question) =>
        withStorageErrors(() => {
          if (method === 'blocks') return source.blocks(parse(integer(0), decode(question), 'net/refused'));
          const asked = parse(questionSchema, decode(question), 'net/refused');
          if (asked[0] === 'piece') return source.piece(decodeAsk(asked[1]));
          return source.manifest(asked[1] ?? undefined);
        }),
      close: () => void db.close(),
    };
  });
}
