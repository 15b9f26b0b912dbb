// Removes a folder in which a container engine had file systems mounted: unmounts them first. For the demo and the tests.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const mountTable = '/proc/self/mountinfo';

/** Deepest first. */
function mountsBelow(folder: string): readonly string[] {
  const lines = existsSync(mountTable) ? readFileSync(mountTable, 'utf8').split('\n') : [];
  const paths = lines.map((line) => line.split(' ')[4] ?? '');
  return paths.filter((path) => path.startsWith(`${folder}/`)).toReversed();
}

/**
 * Removes `folder` and everything in it; fine when it is not there. An engine that has just ended may have cleaners left that
 * mount and unmount for a moment: it tries again for two seconds, then throws.
 */
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
