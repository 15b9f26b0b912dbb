// A private podman for a test: own folder, own storage, all of it gone afterwards, mounts included.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEngine } from '../../node-agent/runtime/engine.ts';

/** Images are built once and kept between runs. */
export const imageCache = join(import.meta.dirname, '../../.cache/images');

export interface TestEngine extends Engine {
  readonly folder: string;
  /** Stops the engine and removes its folder. Remove containers first. */
  dispose(): Promise<void>;
}

/** Starts an engine of our own in a new folder. */
export async function openTestEngine(): Promise<TestEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  const engine = await openEngine({ folder, ownOnly: true, env: process.env });
  const dispose = async (): Promise<void> => {
    await engine.stop();
    removeFolder(folder);
  };
  return { ...engine, folder, dispose };
}

/** Removes a folder in which an engine had file systems mounted. */
export function removeFolder(folder: string): void {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.toReversed()) execFileSync('umount', ['--lazy', path]);
  rmSync(folder, { recursive: true, force: true });
}
