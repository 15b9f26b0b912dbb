// Makes sure that the window that a bench looks at is the one of the present sources.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../lib/node.mjs';

/** Builds the renderer if it is missing or stale. Throws with the builder's own words. */
export function buildRenderer(): void {
  const args = [join(root, 'scripts/build.ts'), 'renderer', '--stale'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the renderer does not build: ${stderr.trim().split('\n')[0] ?? ''}`);
}
