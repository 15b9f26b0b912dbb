// Runs one bench: in this process, or in one of its own, so that no bench measures what another left in memory.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/node.mjs';
import { removeFolder } from '../lib/remove-folder.ts';
import type { Bench, Outcome } from './figure.ts';

/** Where benches keep their files: on the project's own disk, because a folder in memory syncs for nothing. */
export const benchFolder = join(root, '.cache/bench');

/** Names the file into which a bench in a process of its own puts its outcome. */
const outcomeVariable = 'THREEBOT_BENCH_OUTCOME';

/** Runs it here; `say` gets its progress. */
async function perform(bench: Bench, records: number | undefined, say: (line: string) => void): Promise<Outcome> {
  const why = bench.lacks();
  if (why !== undefined) return { kind: 'skipped', why };
  mkdirSync(benchFolder, { recursive: true });
  const leftOver = readdirSync(benchFolder).filter((name) => name.startsWith(`${bench.name}-`));
  for (const name of leftOver) await removeFolder(join(benchFolder, name));
  const folder = mkdtempSync(join(benchFolder, `${bench.name}-`));
  try {
    return { kind: 'measured', figures: await bench.run({ folder, say, records }) };
  } catch (error) {
    if (error instanceof Error) say(error.stack ?? error.message);
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  } finally {
    await removeFolder(folder);
  }
}

/** True in a process that `performApart` started. */
export const isApart = (): boolean => process.env[outcomeVariable] !== undefined;

/** In such a process: runs the bench and hands the outcome over. */
export async function performHere(bench: Bench, records: number | undefined): Promise<void> {
  const outcome = await perform(bench, records, (line) => console.error(`  ${line}`));
  writeFileSync(process.env[outcomeVariable] ?? '', JSON.stringify(outcome));
}

/** Runs it in a new process of `program`, which must come to `performHere`; what it prints goes to standard error. */
export async function performApart(program: string, bench: Bench, records?: number): Promise<Outcome> {
  mkdirSync(benchFolder, { recursive: true });
  const file = join(benchFolder, `outcome-${process.pid}.json`);
  // 3bots of a bench get a home and a keyring of their own: a person's are never touched.
  const session = bench.startsBots ? [join(root, 'scripts/keyring-session.mjs'), process.execPath] : [];
  const env = { ...process.env, [outcomeVariable]: file };
  const args = [...session, ...process.execArgv, program, bench.name];
  if (records !== undefined) args.push(`--records=${records}`);
  const child = spawn(process.execPath, args, { stdio: ['ignore', 2, 2], env });
  const [code, signal] = await once(child, 'exit');
  try {
    if (!existsSync(file)) return { kind: 'failed', why: `its process ended with ${String(code ?? signal)}` };
    return JSON.parse(readFileSync(file, 'utf8')) as Outcome;
  } finally {
    rmSync(file, { force: true });
  }
}
