// A private podman for a test: own folder, own storage, all of it gone afterwards, mounts included.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
  const folder = mkdtempSync(join(tmpdir(), '3bot-agent-'));
  const engine = await openEngine({ folder, ownOnly: true, env: process.env });
  const dispose = async (): Promise<void> => {
    await engine.stop();
    await removeFolder(folder);
  };
  return { ...engine, folder, dispose };
}

/** Removes a folder in which an engine had file systems mounted. Its last cleaners may still mount one meanwhile: tries again. */
export async function removeFolder(folder: string): Promise<void> {
  for (let triesLeft = 20; ; triesLeft--) {
    for (const path of mountsBelow(folder)) spawnSync('umount', ['--lazy', path]);
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (triesLeft === 0) throw error;
      await sleep(100);
    }
  }
}

/** Deepest first. */
function mountsBelow(folder: string): readonly string[] {
  const paths = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  return paths.filter((path) => path.startsWith(`${folder}/`)).toReversed();
}
