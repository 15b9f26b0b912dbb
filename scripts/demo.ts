// `npm run demo`: tells the whole story in a terminal on real parts, and exits 0 only if every step held.
// Options: --json (one object, a field a step), --keep (leave the profiles), --only-through=N (stop after step N).

import { spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toWire } from '../core/wire.ts';
import { Scene } from './demo/scene.ts';
import { story } from './demo/story.ts';
import { root } from './lib/node.mjs';
import { removeFolder } from './lib/remove-folder.ts';
import { inspectMachine } from './machine.mjs';

const args = process.argv.slice(2);
const isJson = args.includes('--json');
const say = (line: string): void => {
  if (!isJson) console.log(line);
};

/** A keychain of its own, where the machine has the parts: a person's own keyring is never touched. */
const hasSession = process.env.THREEBOT_KEYRING_SESSION !== undefined;
if (!hasSession && inspectMachine().keyring === undefined) {
  const again = [join(root, 'scripts/keyring-session.mjs'), process.execPath, ...process.argv.slice(1)];
  process.exit(spawnSync(process.execPath, again, { stdio: 'inherit' }).status ?? 1);
}

const lacks = inspectMachine().podman;
if (lacks !== undefined) {
  console.error(`The demo runs a real container: ${lacks}. Install what is missing: node scripts/machine.mjs`);
  process.exit(1);
}

const folder = await mkdtemp(join(tmpdir(), '3bot-demo-'));
const scene = new Scene(folder, join(root, '.cache/images'));
const only = Number(args.find((argument) => argument.startsWith('--only-through='))?.split('=')[1] ?? story.length);
const results: Record<string, unknown> = {};
const startMs = performance.now();
let held = 0;
let unexplained = 'unknown';

for (const [index, { title, run }] of story.slice(0, only).entries()) {
  say(`\n${index + 1}. ${title}`);
  const stepMs = performance.now();
  try {
    const { lines, facts } = await run(scene);
    for (const line of lines) say(`   ${line}`);
    results[`step${index + 1}`] = { title, held: true, ms: Math.round(performance.now() - stepMs), ...facts };
    held += 1;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(`   FAILED: ${why}`);
    results[`step${index + 1}`] = { title, held: false, error: why };
    break;
  }
}
const guardian = scene.bots.get('consumer');
if (guardian !== undefined && held > 0) unexplained = String((await guardian.call('grid.books', {})).unexplained);

await scene.stop();
if (!args.includes('--keep')) await removeFolder(folder);
else say(`\nprofiles: ${folder}`);

const summary = `story: ${held}/${story.length} steps, unexplained ${unexplained}`;
const seconds = Math.round((performance.now() - startMs) / 1000);
if (isJson) console.log(toWire({ ...results, held, steps: story.length, unexplained, seconds }));
else console.log(`\n(${seconds} s)\n${summary}`);
process.exitCode = held === story.length && unexplained === '0' ? 0 : 1;
