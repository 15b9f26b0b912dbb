// Runs a file or a command of this project under a Node that is new enough: `node scripts/with-node.mjs main/entry-node.ts …`.
// Passes on arguments, signals and the exit code; adds nothing of its own.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { extname } from 'node:path';
import { nodeEnv } from './lib/node.mjs';
import { requireNode } from './machine.mjs';

const [target, ...rest] = process.argv.slice(2);
if (target === undefined) {
  console.error('usage: node scripts/with-node.mjs <file.ts | file.mjs | command> [arguments]');
  process.exit(2);
}

const node = requireNode();
const isFile = ['.ts', '.mjs', '.js'].includes(extname(target));
const [command, args] = isFile ? [node, [target, ...rest]] : [target, rest];
const child = spawn(command, args, {
  stdio: 'inherit',
  env: nodeEnv(node),
  shell: process.platform === 'win32' && !isFile,
});

// A terminal sends Ctrl-C to the child by itself; a second one would read as "at once".
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) child.kill('SIGINT');
});
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));

child.on('error', (error) => {
  console.error(`${target} did not start: ${error.message}`);
  process.exit(127);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 1 : constants.signals[signal])));
