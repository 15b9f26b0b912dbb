// A private podman for a test: own folder, own storage, all of it gone afterwards, mounts included.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEngine } from '../../node-agent/runtime/engine.ts';
import { removeFolder } from '../../scripts/lib/remove-folder.ts';

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
