// A grid with 100,000 nodes in 1,000 farms, put there record by record as farmers and their nodes would: signed,
// countersigned, judged, executed, certified. Built once for the code as it is, then found again in the cache.

import { once } from 'node:events';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import { fingerprint } from '../lib/fingerprint.ts';
import { root } from '../lib/node.mjs';
import { Author } from './author.ts';
import { admitAll, type Founding, foundGrid, openGuardian } from './bench-grid.ts';
import { type BenchContext, counted } from './figure.ts';
import { benchFolder } from './perform.ts';

/** What stands in it. */
export const size = { farms: 1000, nodes: 100_000, countries: 40 } as const;

/** The countries that farms stand in (ISO 3166-1). */
export const countries =
  'AE AR AT AU BE BR CA CH CL CZ DE DK EG ES FI FR GB GR HU IE IL IN IT JP KE KR MX NG NL NO NZ PL PT RO SE SG TR UA US ZA'.split(
    ' ',
  ) as [string, ...string[]];

const createdMs = 1_700_000_000_000;
const monthMs = 30 * 24 * 3600 * 1000;

/** Nodes stay up for a month after a record, and no reward falls due meanwhile. */
const policy: Policy = {
  ...defaultPolicy,
  uptimeGraceMs: monthMs,
  rewards: { ...defaultPolicy.rewards, periodMs: 12 * monthMs },
};

/** The farmers and the genesis; the same in every thread. */
export function bigGridFounding(): { readonly farmers: readonly Author[]; readonly founding: Founding } {
  const farmers = Array.from({ length: size.farms }, (_, index) => new Author(`farmer ${index}`));
  return { farmers, founding: foundGrid(farmers, 1_000_000_000n, { createdMs, policy }) };
}

/** Records of one block, in order. `isLater`: a month passes before it, so that all nodes so far fall silent. */
export type Batch = { readonly records: readonly Uint8Array[]; readonly isLater: boolean };

/** Writes the whole grid into an empty folder. Another thread signs, this one judges, executes and certifies. */
async function build(folder: string, say: BenchContext['say']): Promise<void> {
  let nowMs = createdMs;
  const store = openGuardian(folder, bigGridFounding().founding, () => nowMs);
  const writer = new Worker(new URL('./entry-write-nodes.ts', import.meta.url));
  let nextSaid = 0;
  writer.on('message', ({ records, isLater }: Batch) => {
    nowMs += isLater ? monthMs : 1000;
    admitAll(store, records);
    store.cut();
    const { recordCount } = store.query('head', null);
    if (recordCount < nextSaid) return;
    say(`${counted(recordCount)} records`);
    nextSaid += size.nodes / 5;
  });
  await once(writer, 'exit');
  const { recordCount } = store.query('head', null);
  store.close();
  if (recordCount !== 1 + size.farms + size.nodes) throw new Error(`${recordCount} records in the big grid`);
}

/** The folder of the big grid's replica, closed. Leave it as it is: other benches use it too. */
export async function bigGrid(say: BenchContext['say']): Promise<string> {
  const own = ['author', 'bench-grid', 'big-grid', 'entry-write-nodes', 'random'].map(
    (file) => `scripts/bench/${file}.ts`,
  );
  const sources = ['core', 'bcdb/rules', 'bcdb/store', ...own];
  const name = `big-grid-${fingerprint(root, sources).slice(0, 16)}`;
  const folder = join(benchFolder, name);
  mkdirSync(benchFolder, { recursive: true });
  const found = readdirSync(benchFolder).filter((entry) => entry.startsWith('big-grid-'));
  if (found.includes(name)) return folder;
  for (const stale of found) rmSync(join(benchFolder, stale), { recursive: true });
  say(`building a grid of ${counted(size.nodes)} nodes; it is kept for the next time`);
  const building = join(benchFolder, 'big-grid-building');
  await build(building, say);
  renameSync(building, folder);
  return folder;
}
