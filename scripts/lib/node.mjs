// Finds a Node that can run this project (24 or newer: it runs .ts files directly): the running one, else the one pinned
// as an optional dependency. Must itself run on the oldest Node that `npm ci` works with.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's top folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const oldestMajor = 24;

/**
 * Path of the pinned Node binary for this platform; it exists only after an install that took the optional dependency.
 * @param {string} platform as in process.platform
 * @param {string} arch as in process.arch
 * @returns {string}
 */
const pinnedNode = (platform, arch) => {
  const system = platform === 'win32' ? 'win' : platform;
  return join(root, 'node_modules', `node-${system}-${arch}`, 'bin', platform === 'win32' ? 'node.exe' : 'node');
};

/** @typedef {{ readonly path: string } | { readonly path: undefined, readonly why: string, readonly missingLibrary?: string }} FoundNode */

/**
 * The Node to use, or a sentence saying why there is none; `missingLibrary` is set when only a system library is missing.
 * @returns {FoundNode}
 */
export const findNode = () => {
  const ownMajor = Number(process.versions.node.split('.')[0]);
  if (ownMajor >= oldestMajor) return { path: process.execPath };
  const path = pinnedNode(process.platform, process.arch);
  if (!existsSync(path)) {
    const why = `Node ${oldestMajor} or newer is needed; this is ${process.versions.node} and no pinned one is installed for ${process.platform}-${process.arch} (npm ci without --omit=optional installs it).`;
    return { path: undefined, why };
  }
  const probe = spawnSync(path, ['--version'], { encoding: 'utf8' });
  if (probe.status === 0) return { path };
  const missingLibrary = /loading shared libraries: (\S+?):/.exec(probe.stderr ?? '')?.[1];
  const why = `The pinned Node does not start here: ${(probe.stderr || probe.error?.message || `exit code ${probe.status}`).trim()}`;
  return missingLibrary ? { path: undefined, why, missingLibrary } : { path: undefined, why };
};

/**
 * The environment for children: this Node's folder and the project's commands come first on PATH, and what Node compiles is
 * kept, types stripped: the app starts in a third of the time.
 * @param {string} nodePath
 * @returns {NodeJS.ProcessEnv}
 */
export const nodeEnv = (nodePath) => ({
  ...process.env,
  PATH: [dirname(nodePath), join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, '.cache', 'compiled'),
});
