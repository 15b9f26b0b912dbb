// How long a person waits from starting the app to its first screen, in a real browser that is already open: a fresh
// profile, and one with an identity and a grid. Beside a static page served by Node.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright';
import { Scene } from '../demo/scene.ts';
import { root } from '../lib/node.mjs';
import { inspectMachine } from '../machine.mjs';
import { launchChromium } from '../window/chromium.ts';
import { buildRenderer } from './built-renderer.ts';
import type { Bench, BenchContext, Figure } from './figure.ts';
import { median, middleOf } from './statistics.ts';

const runs = 5;

/** A program that prints an address, and the heading that its page shows when it can be used. */
type Program = { readonly args: readonly string[]; readonly heading: string };

const app = (profile: string, heading: string): Program => ({
  args: [join(root, 'main/entry-start.ts'), '--host=browser', '--headless', `--profile=${profile}`],
  heading,
});

const hello: Program = { args: [fileURLToPath(new URL('./entry-hello.ts', import.meta.url))], heading: 'Hello' };

/** Starts it, opens its page, waits for the heading, ends it. Milliseconds from the start of the process. */
async function startOnce(browser: Browser, { args, heading }: Program): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const start = performance.now();
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const address = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(line)?.[0];
      if (address === undefined) continue;
      await page.goto(address);
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      return performance.now() - start;
    }
    throw new Error(`${args[0]} ended without an address`);
  } finally {
    child.kill('SIGTERM');
    await ended;
    await context.close();
  }
}

/** A profile with an identity and a local grid of its own, closed. */
async function settledProfile(folder: string): Promise<string> {
  const scene = new Scene(folder, '');
  await scene.born('settled');
  await scene.bot('settled').call('grid.create', { name: 'Bench grid', allocations: [] });
  await scene.published('settled');
  await scene.stop();
  return join(folder, 'settled');
}

async function run({ folder, say }: BenchContext): Promise<readonly Figure[]> {
  buildRenderer();
  say('an identity and a grid');
  const settled = await settledProfile(folder);
  const browser = await launchChromium();
  const [fresh, again, plain]: [number[], number[], number[]] = [[], [], []];
  try {
    for (let run = 1; run <= runs; run++) {
      say(`run ${run} of ${runs}`);
      plain.push(await startOnce(browser, hello));
      fresh.push(await startOnce(browser, app(join(folder, `fresh-${run}`), 'Welcome to 3Bot')));
      again.push(await startOnce(browser, app(settled, 'Wallet')));
    }
  } finally {
    await browser.close();
  }
  const baseline = median(plain);
  const against = 'a static page served by Node';
  return [
    { name: 'start/fresh', ...middleOf(fresh), unit: 'ms', baseline, against },
    { name: 'start/settled', ...middleOf(again), unit: 'ms', baseline, against },
  ];
}

export const start: Bench = {
  name: 'start',
  title: 'From start to interactive',
  how:
    'From the start of the process (`main/entry-start.ts --headless`, npm not counted) over its one-time address to the ' +
    'heading of the first screen in a Chromium that is already open. fresh: a new profile, the welcome. settled: a profile ' +
    'with an identity and a local grid, its keychain opened, its wallet shown.',
  lacks: () => inspectMachine().chromium ?? inspectMachine().keyring,
  startsBots: true,
  run,
};
