// Ends a process that we once started, known by pid and by a mark in its command line; never any other process.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 5000;

/** SIGTERM, then SIGKILL. A pid that was reused by a process without the mark is left alone. Linux only. */
export async function endOwnProcess(pid: number, mark: string): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!commandLine(pid).includes(mark)) return;
    process.kill(pid, signal);
    for (let waitedMs = 0; waitedMs < PATIENCE_MS && commandLine(pid).includes(mark); waitedMs += 25) await sleep(25);
  }
}

/** Empty for a process that has ended. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ESRCH')) return '';
    throw cause;
  }
}
