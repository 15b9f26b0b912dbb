// Runs `threebot guardian` as its user does: processes, files, descriptors, in a folder of their own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { there } from './sequencers.ts';

const entry = fileURLToPath(new URL('../../main/entry-threebot.ts', import.meta.url));
const compiled = fileURLToPath(new URL('../../.cache/compiled', import.meta.url));
const passphrase = 'correct horse';

/** A command on its way, and what it said on standard output and on standard error. */
export type Running = { readonly child: ChildProcess; readonly said: string[]; readonly advice: string[] };

export type GuardianCommands = {
  path(name: string): string;
  /** Options that name a profile and the descriptor of its passphrase. */
  by(name: string): readonly string[];
  /** Starts a command with the passphrase on descriptor 3, no terminal, and no keychain of a person. */
  begin(...args: readonly string[]): Running;
  /** Runs a command to its end. */
  run(...args: readonly string[]): Promise<{ code: number; said: readonly string[]; advice: readonly string[] }>;
  /** What the guardian of a profile wrote of itself; empty when nothing yet. */
  statusText(name: string): string;
  end(): Promise<void>;
};

export async function createGuardianCommands(): Promise<GuardianCommands> {
  const root = await mkdtemp(join(tmpdir(), 'guardian-'));
  const running: ChildProcess[] = [];
  const path = (name: string): string => join(root, name);

  function begin(...args: readonly string[]): Running {
    const env = { PATH: process.env['PATH'], HOME: root, NODE_COMPILE_CACHE: compiled };
    const child = spawn(process.execPath, [entry, 'guardian', ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env,
      cwd: root,
    });
    running.push(child);
    const [said, advice]: [string[], string[]] = [[], []];
    createInterface({ input: there(child.stdout) }).on('line', (line) => said.push(line));
    createInterface({ input: there(child.stderr) }).on('line', (line) => advice.push(line));
    const pipe = child.stdio[3];
    if (pipe !== null && pipe !== undefined && 'end' in pipe) {
      pipe.on('error', () => {}); // a command that needs no passphrase does not read it
      pipe.end(`${passphrase}\n`);
    }
    return { child, said, advice };
  }

  return {
    path,
    begin,
    by: (name) => [`--profile=${path(name)}`, '--passphrase-fd=3'],
    async run(...args) {
      const { child, said, advice } = begin(...args);
      const [code] = await once(child, 'close');
      return { code: Number(code), said, advice };
    },
    statusText(name) {
      const file = path(`${name}/guardian-status.json`);
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    },
    async end() {
      // In order, so that each ends its own server and its own children.
      const left = running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      const ends = left.map((child) => once(child, 'close'));
      for (const child of left) child.kill('SIGTERM');
      const timer = setTimeout(() => {
        for (const child of left) child.kill('SIGKILL');
      }, 15_000);
      await Promise.all(ends);
      clearTimeout(timer);
      await rm(root, { recursive: true, force: true });
    },
  };
}
