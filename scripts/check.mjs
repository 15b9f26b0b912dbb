// npm run check: everything that must hold before a commit, in under a minute: format and lint without a warning, types of
// every room, the fast tests, no dead code. `npm run check -- types` runs one group; `-- --no-tests` leaves the tests out.

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { nodeEnv, root } from './lib/node.mjs';
import { requireNode } from './machine.mjs';

/** Those that take longest first: nobody waits for them at the end. */
const rooms = ['test', 'scripts', 'main', 'renderer', 'bcdb', 'node-agent', 'preload', 'core'];

/**
 * The compiler for one room; it keeps what it learnt for the next time.
 * @param {string} room
 * @returns {readonly [string, ...string[]]}
 */
const tsc = (room) => ['tsc', '-p', room, '--incremental', '--tsBuildInfoFile', `.cache/types/${room}.tsbuildinfo`];

const fastSuites = ['arch', 'unit', 'vectors', 'contract'];

/** @typedef {{ readonly group: string, readonly name: string, readonly command: readonly [string, ...string[]] }} Step */

/** @type {readonly Step[]} */
const steps = [
  { group: 'test', name: fastSuites.join(', '), command: ['node', 'scripts/test.mjs', ...fastSuites] },
  ...rooms.map((room) => ({
    group: 'types',
    name: room,
    command: tsc(room),
  })),
  { group: 'lint', name: 'biome (format, lint)', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { group: 'lint', name: 'oxlint', command: ['oxlint', '--deny-warnings'] },
  { group: 'dead', name: 'knip (dead code, dependencies)', command: ['knip', '--no-progress'] },
];

const args = process.argv.slice(2);
const groups = [...new Set(steps.map((step) => step.group))];
const wanted = args.filter((arg) => arg !== '--no-tests');
if (wanted.some((group) => !groups.includes(group))) {
  console.error(`usage: npm run check -- [${groups.join(' | ')}] [--no-tests]`);
  process.exit(2);
}
const chosen = steps.filter(({ group }) => {
  if (args.includes('--no-tests') && group === 'test') return false;
  return wanted.length === 0 || wanted.includes(group);
});

const env = { ...nodeEnv(requireNode()), ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) };
const startedMs = Date.now();
const seconds = (/** @type {number} */ sinceMs) => `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;

/**
 * Runs one step; prints one line, and the step's own output only when it fails.
 * @param {Step} step
 * @returns {Promise<boolean>} whether it held
 */
const run = ({ group, name, command: [file, ...rest] }) =>
  new Promise((resolve) => {
    const stepMs = Date.now();
    /** @type {Buffer[]} */
    const output = [];
    const isShell = process.platform === 'win32';
    const child = spawn(file, rest, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], shell: isShell });
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => output.push(Buffer.from(error.message)));
    child.on('close', (code) => {
      console.log(`${code === 0 ? '  ok' : 'FAIL'} ${group}: ${name} (${seconds(stepMs)})`);
      if (code !== 0) console.log(Buffer.concat(output).toString('utf8').replace(/^/gm, '     '));
      resolve(code === 0);
    });
  });

// A few at a time: type checkers use several threads themselves.
const waiting = [...chosen];
let failures = 0;
const worker = async () => {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    if (!(await run(step))) failures += 1;
  }
};
await Promise.all(Array.from({ length: Math.min(4, availableParallelism() + 1) }, worker));

console.log(
  `check: ${failures === 0 ? 'all holds' : `${failures} of ${chosen.length} failed`} (${seconds(startedMs)})`,
);
process.exitCode = failures === 0 && chosen.length > 0 ? 0 : 1;
