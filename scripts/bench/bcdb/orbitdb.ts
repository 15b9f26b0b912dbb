// The same work on OrbitDB, in the same run: installed from the lock file in `scripts/bench/orbitdb` into the cache, where
// nothing of the product looks.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeEnv, root } from '../../lib/node.mjs';
import { told } from './told.ts';

const source = join(root, 'scripts/bench/orbitdb');
const installed = join(root, '.cache/orbitdb');
const files = ['package.json', 'package-lock.json', 'entry-measure.mjs'];
const installMs = 300_000;

/** What its script tells. */
export type OrbitDb = {
  readonly count: number;
  readonly appendMs: number;
  /** Entries that the second peer had in the end, and when. */
  readonly replicated: number;
  readonly replicateMs: number;
  readonly diskBytes: number;
};

/** Puts it into the cache, unless it is there already. Answers why it cannot. */
export function installOrbitDb(say: (line: string) => void): string | undefined {
  mkdirSync(installed, { recursive: true });
  const lock = readFileSync(join(source, 'package-lock.json'));
  const done = join(installed, 'installed-lock.json');
  const isThere = existsSync(done) && readFileSync(done).equals(lock);
  for (const file of files) copyFileSync(join(source, file), join(installed, file));
  if (isThere) return undefined;
  say('installing OrbitDB into the cache; it stays there for the next time');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const env = nodeEnv(process.execPath);
  const { status, stderr, error } = spawnSync('npm', args, {
    cwd: installed,
    env,
    encoding: 'utf8',
    timeout: installMs,
  });
  if (status !== 0) return `npm ci: ${(error?.message ?? stderr).trim().split('\n').at(-1) ?? 'failed'}`;
  copyFileSync(join(source, 'package-lock.json'), done);
  return undefined;
}

/** Appends by one peer, and a second peer that fetches and verifies them all. */
export const runOrbitDb = (folder: string, count: number, entryBytes: number): Promise<OrbitDb> =>
  told<OrbitDb>([join(installed, 'entry-measure.mjs'), folder, `${count}`, `${entryBytes}`], installed);
