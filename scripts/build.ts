// npm run build: builds the app into dist/. `npm run build -- renderer` builds one part; with `--stale` only what changed
// since it was built. Packaging for an operating system is `npm run pack`.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { type Target, targets } from './lib/build-targets.ts';
import { fingerprint } from './lib/fingerprint.ts';

const root = join(import.meta.dirname, '..');
const stamps = join(root, 'dist', '.built');
const inputsOfAll = ['package-lock.json', 'scripts/build.ts', 'scripts/lib/build-targets.ts'];

const isFresh = ({ name, outputs }: Target, print: string): boolean => {
  const stamp = join(stamps, name);
  const areThere = outputs.every((output) => existsSync(join(root, 'dist', output)));
  return areThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === print;
};

const make = async (target: Target, print: string): Promise<void> => {
  const startedMs = Date.now();
  rmSync(join(stamps, target.name), { force: true });
  for (const output of target.outputs) rmSync(join(root, 'dist', output), { recursive: true, force: true });
  await build(target.configure(root));
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, target.name), print);
  console.log(`built ${target.name} (${((Date.now() - startedMs) / 1000).toFixed(1)} s)`);
};

const args = process.argv.slice(2);
const names = args.filter((arg) => arg !== '--stale');
const unknown = names.filter((name) => !targets.some((target) => target.name === name));
if (unknown.length > 0) {
  console.error(`unknown part ${unknown.join(', ')}; known: ${targets.map((target) => target.name).join(', ')}`);
  process.exit(2);
}

for (const target of targets) {
  if (names.length > 0 && !names.includes(target.name)) continue;
  const print = fingerprint(root, [...target.sources, ...inputsOfAll]);
  if (args.includes('--stale') && isFresh(target, print)) console.log(`${target.name} is built and fresh`);
  else await make(target, print);
}
