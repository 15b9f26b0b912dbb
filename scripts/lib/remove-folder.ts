// Removes a folder in which a container engine had file systems mounted: unmounts them first. For the demo and the tests.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

const mountTable = '/proc/self/mountinfo';

/** Removes `folder` and everything in it; fine when it is not there. */
export function removeFolder(folder: string): void {
  const mounts = existsSync(mountTable) ? readFileSync(mountTable, 'utf8').split('\n') : [];
  const inside = mounts.map((line) => line.split(' ')[4] ?? '').filter((path) => path.startsWith(`${folder}/`));
  for (const path of inside.toReversed()) execFileSync('umount', ['--lazy', path]);
  rmSync(folder, { recursive: true, force: true });
}
