// A grid of 1,000,000 nodes in 10,000 farms. Signing and judging a million records would take most of an hour, so its farms and nodes
// are made as objects and written by the code that a block writes them with: same encoder, same tables. It has a genesis
// and no history of its nodes. Built once for the code as it is, then found again in the cache.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Farm, GridNode, Objects } from '../../bcdb/state.ts';
import { encodeObject } from '../../bcdb/store/codec.ts';
import { currentTables } from '../../bcdb/store/current-tables.ts';
import { rebuildSideTables } from '../../bcdb/store/queries/side-tables.ts';
import type { Changed } from '../../bcdb/store/sql-state.ts';
import { bytesPerGb, type Capacity } from '../../core/units.ts';
import { fingerprint } from '../lib/fingerprint.ts';
import { root } from '../lib/node.mjs';
import { foundGrid, openGuardian } from './bench-grid.ts';
import { countries } from './big-grid.ts';
import { type BenchContext, counted } from './figure.ts';
import { benchFolder } from './perform.ts';
import { createRandom, type Random } from './random.ts';

export const madeSize = { farms: 10_000, nodes: 1_000_000 } as const;

const createdMs = 1_700_000_000_000;
const dayMs = 24 * 3600 * 1000;
const perBatch = 10_000;

const hexOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const cities =
  'Abuja Amsterdam Athens Berlin Brussels Cairo Dublin Ghent Lisbon London Lyon Osaka Oslo Paris Stockholm Tokyo'
    .split(' ')
    .map((city) => city.trim()) as [string, ...string[]];
const first = 'North South East West Green Blue Red Old New Upper Lower Little'.split(' ') as [string, ...string[]];
const second = 'Stone River Forest Harbor Mill Orchard Valley Meadow Tower'.split(' ') as [string, ...string[]];
const third = 'Farm Cloud Grid Racks Compute Storage'.split(' ') as [string, ...string[]];

function someFarm(at: number, random: Random): Farm {
  return {
    id: hexOf(`farm ${at}`),
    owner: hexOf(`farmer ${at}`),
    name: `${random.pick(first)} ${random.pick(second)} ${random.pick(third)}`,
    country: countries[at % countries.length] ?? 'BE',
    city: random.pick(cities),
    prices: {
      cuHourStroops: BigInt(100_000 + 10_000 * random.next(100)),
      suHourStroops: BigInt(50_000 + 5000 * random.next(100)),
    },
    payout: hexOf(`farmer ${at}`),
    accept: { auto: true, minTermSeconds: 3600, blocked: [] },
    nodeCount: madeSize.nodes / madeSize.farms,
  };
}

/** A quarter of the nodes has promised a part of itself, of any size. */
function someNode(at: number, random: Random): GridNode {
  const cores = random.pick([2, 4, 8, 8, 16, 24, 32, 64]);
  const capacity: Capacity = {
    cruMilli: cores * 1000,
    mruBytes: cores * random.pick([1, 2, 4, 8]) * bytesPerGb,
    sruBytes: random.pick([64, 250, 500, 1000, 2000, 8000]) * bytesPerGb,
    hruBytes: random.pick([0, 0, 2000, 8000, 40_000]) * bytesPerGb,
  };
  const share = random.next(4) === 0 ? random.next(1000) / 1000 : 0;
  const bornMs = createdMs + random.next(300) * dayMs + random.next(dayMs);
  return {
    id: hexOf(`node ${at}`),
    // Farms grow side by side: their nodes do not stand one behind the other.
    farm: hexOf(`farm ${random.next(madeSize.farms)}`),
    capacity,
    used: {
      cruMilli: Math.floor(capacity.cruMilli * share),
      mruBytes: Math.floor(capacity.mruBytes * share),
      sruBytes: Math.floor(capacity.sruBytes * share),
      hruBytes: 0,
    },
    features: random.next(20) === 0 ? ['container', 'gpu'] : ['container'],
    agentVersion: random.pick(['0.1.0', '0.1.1', '0.2.0']),
    net: hexOf(`net ${at}`),
    createdMs: bornMs,
    lastSeenMs: createdMs + 330 * dayMs + random.next(300_000),
    upSinceMs: bornMs + random.next(30 * dayMs),
    upUntilMs: createdMs + 331 * dayMs,
    isUp: random.next(20) !== 0,
    contracts: share === 0 ? [] : [hexOf(`contract ${at}`)],
    periodStartMs: bornMs,
    periodUpMs: 0,
  };
}

function build(folder: string, say: BenchContext['say']): void {
  openGuardian(folder, foundGrid([], 1n, { createdMs }), () => createdMs).close();
  const db = new Database(join(folder, 'replica.db'));
  db.pragma('synchronous = OFF');
  const tables = currentTables(db);
  const random = createRandom(17);
  const write = <K extends 'farm' | 'node'>(kind: K, value: Objects[K]): void =>
    tables.write([{ change: { kind, key: value.id, value } as Changed, stored: encodeObject(value) }]);
  db.transaction(() => {
    for (let at = 0; at < madeSize.farms; at++) write('farm', someFarm(at, random));
  })();
  for (let from = 0; from < madeSize.nodes; from += perBatch) {
    db.transaction(() => {
      for (let at = from; at < from + perBatch; at++) write('node', someNode(at, random));
    })();
    if (from % 200_000 === 0) say(`${counted(from)} nodes`);
  }
  say('counting them');
  db.transaction(() => rebuildSideTables(db))();
  db.close();
}

/** The folder of the made grid's replica, closed. Leave it as it is. */
export function madeGrid(say: BenchContext['say']): string {
  const sources = ['bcdb/store', ...['bench-grid', 'made-grid', 'random'].map((file) => `scripts/bench/${file}.ts`)];
  const name = `made-grid-${fingerprint(root, sources).slice(0, 16)}`;
  const folder = join(benchFolder, name);
  mkdirSync(benchFolder, { recursive: true });
  const found = readdirSync(benchFolder).filter((entry) => entry.startsWith('made-grid-'));
  if (found.includes(name)) return folder;
  for (const stale of found) rmSync(join(benchFolder, stale), { recursive: true });
  say(`making a grid of ${counted(madeSize.nodes)} nodes; it is kept for the next time`);
  const building = join(benchFolder, 'made-grid-building');
  build(building, say);
  renameSync(building, folder);
  return folder;
}
