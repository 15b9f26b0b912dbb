// `npm run demo`: tells the whole story in a terminal on real parts, and exits 0 only if every step held.
// Options: --story=workload|grid, --json (one object, a field a step), --keep (leave the profiles), --only-through=N,
// and for the grid --records=N (50,000).

import { spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toWire } from '../core/wire.ts';
import { gridStory } from './demo/grid/story.ts';
import { workloadStory } from './demo/story.ts';
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

const option = (name: string): string | undefined =>
  args.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const which = option('story') ?? 'workload';
const machine = inspectMachine();
const needed =
  which === 'grid'
    ? { what: 'hosts in network namespaces, and nats-server', lacks: machine.netns ?? machine.nats }
    : { what: 'a real container', lacks: machine.podman };
if (needed.lacks !== undefined) {
  console.error(`This story runs ${needed.what}: ${needed.lacks}. Install what is missing: node scripts/machine.mjs`);
  process.exit(1);
}

const folder = await mkdtemp(join(tmpdir(), '3bot-demo-'));
const story =
  which === 'grid'
    ? gridStory(folder, Number(option('records') ?? 50_000), (line) => say(`   ${line}`))
    : workloadStory(folder, join(root, '.cache/images'));

/** Leaves nothing behind: no hosts, no processes, no folder. */
async function end(): Promise<void> {
  await story.stop();
  if (!args.includes('--keep')) await removeFolder(folder);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say('\nended early: cleaning up');
    void end().finally(() => process.exit(130));
  });
}

const only = Number(option('only-through') ?? story.steps.length);
const results: Record<string, unknown> = {};
const startMs = performance.now();
let held = 0;

for (const [index, { title, run }] of story.steps.slice(0, only).entries()) {
  say(`\n${index + 1}. ${title}`);
  const stepMs = performance.now();
  try {
    const { lines, facts } = await run();
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
await end();
if (args.includes('--keep')) say(`\nprofiles: ${folder}`);

const summary = `story: ${held}/${story.steps.length} steps, ${story.summary()}`;
const seconds = Math.round((performance.now() - startMs) / 1000);
if (isJson) console.log(toWire({ ...results, held, steps: story.steps.length, summary, seconds }));
else console.log(`\n(${seconds} s)\n${summary}`);
process.exitCode = held === story.steps.length && story.isGood() ? 0 : 1;
