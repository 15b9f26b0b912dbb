// How the capacity browser feels with 100,000 nodes: its first rows, a filter, scrolling, a jump. A real 3bot with the big
// grid in its replica, a real browser. Beside the same questions asked without a window, and a page that stands still.

import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright';
import { encodeInvitation } from '../../core/invitation.ts';
import type { Input } from '../../core/ipc/contract.ts';
import { Scene } from '../demo/scene.ts';
import { startThreebot, type Threebot, until } from '../lib/threebot.ts';
import { inspectMachine } from '../machine.mjs';
import { launchChromium } from '../window/chromium.ts';
import { openWindow, patienceMs } from '../window/window.ts';
import { seedOf } from './author.ts';
import { openStore } from './bench-grid.ts';
import { bigGrid, size } from './big-grid.ts';
import { buildRenderer } from './built-renderer.ts';
import { type Bench, type BenchContext, counted, type Figure } from './figure.ts';
import { timedAsync } from './measure.ts';
import { drawRows, frameTimes, jumpTo, typeFilter } from './page-probes.ts';
import { median, middleOf, percentile } from './statistics.ts';

/** Cores to ask for, each with another count of nodes. */
const coresTyped = [3, 5, 9, 17, 25, 33, 3] as const;
const runs = coresTyped.length;
const frames = 180;
/** Rows that pass by at each frame while scrolling. */
const rowsPerFrame = 5;
const rowHeight = 40;
/** The window asks for pages of this many. */
const pageRows = 100;

type Question = Input<'capacity.nodes'>;
const everything: Question = {
  filter: { status: 'up' },
  sort: 'freeCru',
  descending: true,
  offset: 0,
  limit: pageRows,
};

/** A 3bot whose replica holds the big grid. Its guardian is nowhere: what is there is all there is. */
async function botWithBigGrid(scene: Scene, bigFolder: string): Promise<Threebot> {
  await scene.born('viewer');
  await scene.stop();
  const profile = join(scene.folder, 'viewer');
  const folder = join(profile, 'replica');
  rmSync(folder, { recursive: true, force: true });
  cpSync(bigFolder, folder, { recursive: true });
  const store = openStore(folder, { how: 'open' });
  const nobody = seedOf('nobody');
  const { grid } = store.info();
  const invitation = { grid, feeds: [nobody], peers: [nobody], bootstrap: ['127.0.0.1:9'] };
  store.upkeep.remember('invitation', new TextEncoder().encode(encodeInvitation(invitation)));
  store.close();
  writeFileSync(join(profile, 'grid.json'), JSON.stringify({ version: 1, state: { role: 'member' } }));
  const bot = await startThreebot({ name: 'viewer', profile });
  scene.bots.set('viewer', bot);
  await until('all nodes', async () => (await bot.call('capacity.nodes', everything)).total === size.nodes, 60_000);
  return bot;
}

const asking = async (bot: Threebot, questions: readonly Question[]): Promise<number> => {
  const times: number[] = [];
  for (const question of questions) times.push(await timedAsync(() => bot.call('capacity.nodes', question)));
  return median(times);
};

async function repeat(measure: (run: number) => Promise<number>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await inTime(measure(run)));
  return times;
}

/** What a page never does must not hold up everything. */
const inTime = <T>(work: Promise<T>): Promise<T> =>
  Promise.race([
    work,
    sleep(patienceMs, undefined, { ref: false }).then(() => {
      throw new Error(`the page took more than ${patienceMs} ms`);
    }),
  ]);

async function measure(bot: Threebot, page: Page): Promise<readonly Figure[]> {
  const questions = (change: (run: number) => Partial<Question>): readonly Question[] =>
    Array.from({ length: runs }, (_, run) => ({ ...everything, ...change(run) }));
  const figure = (name: string, times: readonly number[], baseline: number): Figure => ({
    name: `ui/${name}`,
    ...middleOf(times),
    unit: 'ms',
    baseline,
    against: 'the same question without a window',
  });
  const rows = await repeat(async () => {
    await page.evaluate(() => globalThis.location.assign('#/wallet'));
    await page.getByRole('heading', { level: 1, name: 'Wallet' }).waitFor();
    return page.evaluate(drawRows, '#/capacity');
  });
  const jumps = await repeat((run) => page.evaluate(jumpTo, (run + 1) / (runs + 1)));
  const still = await page.evaluate(frameTimes, [0, frames] as const);
  const moving = await page.evaluate(frameTimes, [rowsPerFrame * rowHeight, frames] as const);
  const filters = await repeat((run) => page.evaluate(typeFilter, ['Free cores', `${coresTyped[run]}`] as const));
  const jumped = questions((run) => ({ offset: Math.floor(((run + 1) / (runs + 1)) * size.nodes) }));
  const filtered = questions((run) => ({ filter: { status: 'up', freeCruMilli: (coresTyped[run] ?? 0) * 1000 } }));
  return [
    figure(
      'first-rows',
      rows,
      await asking(
        bot,
        questions(() => ({})),
      ),
    ),
    figure('jump', jumps, await asking(bot, jumped)),
    figure('filter', filters, await asking(bot, filtered)),
    ...[50, 95].map((percent) => ({
      name: `ui/scroll-frame/p${percent}`,
      value: percentile(moving, percent),
      unit: 'ms',
      baseline: percentile(still, percent),
      against: 'a frame of the same page standing still',
    })),
  ];
}

async function run({ folder, say }: BenchContext): Promise<readonly Figure[]> {
  const bigFolder = await bigGrid(say);
  buildRenderer();
  const scene = new Scene(folder, '');
  const browser = await launchChromium();
  try {
    say('a 3bot with the big grid');
    const bot = await botWithBigGrid(scene, bigFolder);
    const { page, troubles } = await openWindow(browser, bot);
    const figures = await measure(bot, page);
    for (const trouble of troubles) say(trouble);
    return figures;
  } finally {
    await browser.close();
    await scene.stop();
  }
}

export const ui: Bench = {
  name: 'ui',
  title: `The capacity browser with ${counted(size.nodes)} rows`,
  how:
    'In a real Chromium at 1280 x 800. first-rows: from another screen to the first rows painted. jump: to another place in ' +
    'the list, rows there filled in. filter: from a typed number of cores to the new count painted, with the 120 ms that the ' +
    `screen waits for more typing. scroll-frame: time between frames while ${rowsPerFrame} rows pass in each.`,
  lacks: () => inspectMachine().chromium ?? inspectMachine().keyring,
  startsBots: true,
  run,
};
