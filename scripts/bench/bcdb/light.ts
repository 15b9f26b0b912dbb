// A new replica that begins with a snapshot: how long until it stands on it and answers. Pieces come from another replica's
// tables in the same process; each is proven against the certified root, as when it comes from a stranger.

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createPieceQueue } from '../../../bcdb/replica/piece-queue.ts';
import { openSnapshotSource } from '../../../bcdb/store/snapshot-source.ts';
import { addressOf } from '../../../core/keys.ts';
import { encodeAsk, readManifest } from '../../../core/snapshot.ts';
import { openStore } from '../bench-grid.ts';
import { payers } from './transfers.ts';

/** Headers carry the root of the state so often; before the first one there is no snapshot. */
export const firstSnapshotHeight = 256;

/** Milliseconds from nothing to the answer to a first question, and of how many records that spared the execution. */
export type LightStart = { readonly ms: number; readonly records: number };

/** `full`: folder of a replica that has it all. */
export function lightStart(folder: string, full: string): LightStart {
  const { people, founding } = payers();
  const db = new Database(join(full, 'replica.db'), { readonly: true });
  try {
    const source = openSnapshotSource(db);
    const start = performance.now();
    const manifest = source.manifest();
    const { height, objectCount } = readManifest(manifest);
    const store = openStore(folder, { how: 'join', grid: founding.grid });
    const here = store.upkeep.import((desk) => desk.begin(manifest));
    const queue = createPieceQueue(height, objectCount, here);
    for (let ask = queue.take(); ask !== undefined; ask = queue.take()) {
      const [bytes, piece] = [encodeAsk(ask), source.piece(ask)];
      queue.done(
        ask,
        store.upkeep.import((desk) => desk.add(bytes, piece)),
      );
    }
    store.upkeep.import((desk) => desk.finish());
    store.close();
    // As the app does: the store is opened anew on the snapshot.
    const opened = openStore(folder, { how: 'open' });
    const { recordCount } = opened.query('head', null);
    const address = addressOf(people[0]?.key ?? founding.grid);
    const { seq } = opened.query('account', { address });
    const ms = performance.now() - start;
    opened.close();
    if (seq === 0) throw new Error('the snapshot holds nothing');
    return { ms, records: recordCount };
  } finally {
    db.close();
  }
}
