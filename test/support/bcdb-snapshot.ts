// Snapshots in tests: a grid whose 256th block stands in the middle of a story, its pieces, and all rows to compare.

import type { Db } from '../../bcdb/store/database.ts';
import { openSnapshotSource, type SnapshotSource } from '../../bcdb/store/snapshot-source.ts';
import type { Store } from '../../bcdb/store/store.ts';
import { encodeAsk, halvesOf, type PieceAsk } from '../../core/snapshot.ts';
import { treeLevels } from '../../core/state-tree.ts';
import { openGuardianStore } from './bcdb-store.ts';
import { type Story, storyStartMs, tellStory } from './bcdb-story.ts';

/** Blocks of silence before the story, so that its contract runs at height 256. */
const silence = 250;

export type SnapshotGrid = { readonly story: Story; readonly guardian: Store; readonly time: { nowMs: number } };

/** A guardian in `folder` that told the story up to its end; `more`: empty blocks after it. */
export function storyAround256(folder: string, more = 0): SnapshotGrid {
  const story = tellStory();
  const time = { nowMs: storyStartMs };
  const guardian = openGuardianStore(story.founding, { folder, time }).store;
  for (let height = 1; height <= silence; height++) guardian.cut();
  for (const { timeMs, records } of story.blocks) {
    time.nowMs = timeMs;
    guardian.admit(records);
    guardian.cut();
  }
  for (let height = 0; height < more; height++) {
    time.nowMs += 1000;
    guardian.cut();
  }
  return { story, guardian, time };
}

/** Every piece of a snapshot, as small as they have to be. */
export function* piecesOf(
  source: SnapshotSource,
  height: number,
  level = 14,
): Iterable<{ readonly ask: PieceAsk; readonly bytes: Uint8Array }> {
  const asks: PieceAsk[] = Array.from({ length: 2 ** (treeLevels - level) }, (_, position) => ({
    height,
    level,
    position,
    skip: 0,
  }));
  for (let ask = asks.shift(); ask !== undefined; ask = asks.shift()) {
    const bytes = source.piece(ask);
    if (bytes.length === 1) asks.push(...halvesOf(ask));
    else yield { ask, bytes };
  }
}

/** Brings a whole snapshot into a store, also buckets in parts. */
export function importAll(store: Store, source: SnapshotSource, height: number, level?: number): number {
  store.upkeep.import((desk) => desk.begin(source.manifest(height)));
  let count = 0;
  for (const { ask, bytes } of piecesOf(source, height, level)) {
    const add = (of: PieceAsk, piece: Uint8Array) => store.upkeep.import((desk) => desk.add(encodeAsk(of), piece));
    let next = add(ask, bytes);
    count += 1;
    while (typeof next === 'number') {
      const part = { ...ask, skip: next };
      next = add(part, source.piece(part));
      count += 1;
    }
  }
  store.upkeep.import((desk) => desk.finish());
  return count;
}

export const sourceOf = (db: Db, mostBytes?: number): SnapshotSource => openSnapshotSource(db, mostBytes);

/** Tables of the state, each row without its number, which is every replica's own. */
const stateQueries = {
  accounts: 'SELECT key, balance, locked, value FROM accounts ORDER BY key',
  authors: 'SELECT * FROM authors ORDER BY key',
  profiles: 'SELECT key, net, value FROM profiles ORDER BY key',
  profileNames:
    "SELECT p.key FROM profile_names n JOIN profiles p ON p.position = n.rowid WHERE profile_names MATCH 'ada OR emile' ORDER BY p.key",
  farms: 'SELECT key, owner, value FROM farms ORDER BY key',
  farmNames:
    "SELECT f.key FROM farm_names n JOIN farms f ON f.position = n.rowid WHERE farm_names MATCH 'roos OR zonnebloem' ORDER BY f.key",
  nodes: `SELECT key, farm, free_cru_milli, free_mru_bytes, free_sru_bytes, free_hru_bytes, is_up, last_seen_ms, value
    FROM nodes ORDER BY key`,
  contracts: 'SELECT key, state, recorded_ms, value FROM contracts ORDER BY position',
  roles: `SELECT r.role, r.key, c.key AS contract, r.workloads FROM contract_roles r JOIN contracts c ON c.position = r.contract
    ORDER BY 1, 2, 3`,
  parts: 'SELECT * FROM contract_parts ORDER BY hash',
  singletons: 'SELECT * FROM singletons ORDER BY kind',
  due: 'SELECT * FROM due ORDER BY kind, key',
  aggregates: "SELECT * FROM aggregates WHERE value <> '0' ORDER BY name, part",
  leaves: 'SELECT * FROM state_leaves ORDER BY bucket',
} as const;

/** All rows of the state. */
export function stateRows(db: Db): Readonly<Record<string, readonly unknown[]>> {
  return Object.fromEntries(Object.entries(stateQueries).map(([name, sql]) => [name, db.prepare(sql).all()]));
}

/** Rows of history above a height. */
export function historyRows(db: Db, above: number): Readonly<Record<string, readonly unknown[]>> {
  return Object.fromEntries(
    Object.entries({
      blocks: 'SELECT * FROM blocks WHERE height > ? ORDER BY height',
      records: 'SELECT * FROM records WHERE height > ? ORDER BY position',
      ledger: `SELECT account, height, time_ms, reason, delta, balance, counterparty, contract, record, memo FROM ledger
        WHERE height > ? ORDER BY position`,
      history:
        'SELECT object, id, height, time_ms, record, what, detail FROM history WHERE height > ? ORDER BY position',
      versions: 'SELECT kind, key, height, value, due_ms FROM versions WHERE height > ? ORDER BY height, kind, key',
    }).map(([name, sql]) => [name, db.prepare(sql).all(above)]),
  );
}
