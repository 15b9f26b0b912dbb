// How long a replica with 100,000 records takes from being opened to its first answers, each time in a new thread, as
// the app does it: beside the same for a grid that has nothing but its genesis.

import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openGuardian } from './bench-grid.ts';
import { bigGrid, bigGridFounding, size } from './big-grid.ts';
import type { OpenedIn } from './entry-open-once.ts';
import { type Bench, type BenchContext, counted, type Figure } from './figure.ts';
import { median, middleOf } from './statistics.ts';

const runs = 7;

async function openOnce(folder: string): Promise<OpenedIn> {
  const worker = new Worker(new URL('./entry-open-once.ts', import.meta.url), { workerData: { folder } });
  const [[opened]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  return opened as OpenedIn;
}

async function run({ folder, say }: BenchContext): Promise<readonly Figure[]> {
  const big = await bigGrid(say);
  const empty = join(folder, 'empty');
  const { founding } = bigGridFounding();
  openGuardian(empty, founding, () => founding.createdMs).close();
  const [full, bare]: [OpenedIn[], OpenedIn[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    full.push(await openOnce(big));
    bare.push(await openOnce(empty));
  }
  const figure = (name: string, what: keyof OpenedIn): Figure => ({
    name: `open/${name}`,
    ...middleOf(full.map((opened) => opened[what])),
    unit: 'ms',
    baseline: median(bare.map((opened) => opened[what])),
    against: 'the same grid with nothing but its genesis',
  });
  return [figure('head', 'headMs'), figure('nodes', 'nodesMs')];
}

export const open: Bench = {
  name: 'open',
  title: `Opening a replica with ${counted(size.nodes + size.farms)} records`,
  how:
    'From opening the store to its first answers, in a new thread each time, files in the cache of the system. head: the ' +
    `height and hash of the last block. nodes: the first page of the capacity browser, for which all ${counted(size.nodes)} ` +
    'nodes go into an index in memory.',
  lacks: () => undefined,
  run,
};
