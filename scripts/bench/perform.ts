// Runs one bench: in this process, or in one of its own, so that no bench measures what another left in memory.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/node.mjs';
import type { Bench, Outcome } from './figure.ts';

/** Where benches keep their files: on the project's own disk, because a folder in memory syncs for nothing. */
export const benchFolder = join(root, '.cache/bench');

/** Runs it here; `say` gets its progress. */
export async function perform(bench: Bench, say: (line: string) => void): Promise<Outcome> {
  const why = bench.lacks();
  if (why !== undefined) return { kind: 'skipped', why };
  mkdirSync(benchFolder, { recursive: true });
  const leftOver = readdirSync(benchFolder).filter((name) => name.startsWith(`${bench.name}-`));
  for (const name of leftOver) rmSync(join(benchFolder, name), { recursive: true, force: true });
  const folder = mkdtempSync(join(benchFolder, `${bench.name}-`));
  try {
    return { kind: 'measured', figures: await bench.run({ folder, say }) };
  } catch (error) {
    if (error instanceof Error) say(error.stack ?? error.message);
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs it in a new process of `program`, which must answer with `tell`. */
export async function performApart(program: string, bench: Bench): Promise<Outcome> {
  const child = fork(program, [bench.name], { stdio: ['ignore', 2, 2, 'ipc'] });
  const answers: Outcome[] = [];
  child.on('message', (message) => answers.push(message as Outcome));
  const [code, signal] = await once(child, 'exit');
  return answers[0] ?? { kind: 'failed', why: `its process ended with ${String(code ?? signal)}` };
}

/** In a process that `performApart` started: hands the outcome over. False elsewhere. */
export function tell(outcome: Outcome): boolean {
  return process.send?.(outcome) ?? false;
}
