#!/usr/bin/env node
// `threebot COMMAND` (npx threebot): runs main/entry-threebot.ts under a Node that is new enough; no second process where
// this one is. Passes on arguments, signals, the exit code, and the descriptor that a passphrase is read from.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nodeEnv, root } from './lib/node.mjs';
import { requireNode } from './machine.mjs';

const entry = join(root, 'main', 'entry-threebot.ts');
const node = requireNode();

if (node === process.execPath) {
  await import(pathToFileURL(entry).href);
} else {
  const args = process.argv.slice(2);
  const passed = Number(
    /^--passphrase-fd=(\d{1,3})$/.exec(args.find((arg) => arg.startsWith('--passphrase-fd=')) ?? '')?.[1],
  );
  /** @type {('inherit' | 'ignore')[]} */
  const stdio = ['inherit', 'inherit', 'inherit'];
  for (let fd = 3; fd <= passed; fd++) stdio.push(fd === passed ? 'inherit' : 'ignore');
  const child = spawn(node, [entry, ...args], { stdio, env: nodeEnv(node) });
  // A terminal sends Ctrl-C to the child by itself; a second one would read as "at once".
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`threebot did not start: ${error.message}`);
    process.exit(127);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 1 : constants.signals[signal])));
}
