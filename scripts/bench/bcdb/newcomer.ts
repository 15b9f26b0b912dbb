// Starts a newcomer's process and opens again what it left.

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { toHex } from '../../../core/bytes.ts';
import type { OpenedIn } from '../entry-open-once.ts';
import type { Newcomer } from './entry-newcomer.ts';
import { told } from './told.ts';

/** All blocks of a file, verified and executed by a new replica in `folder`. */
export function runNewcomer(folder: string, blocks: string, grid: Uint8Array): Promise<Newcomer> {
  const program = fileURLToPath(new URL('./entry-newcomer.ts', import.meta.url));
  return told<Newcomer>([program, folder, blocks, toHex(grid)]);
}

/** Milliseconds until a replica that was closed says its head, in a new thread. */
export async function openAgain(folder: string): Promise<number> {
  const worker = new Worker(new URL('../entry-open-once.ts', import.meta.url), { workerData: { folder } });
  const [[opened]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  return (opened as OpenedIn).headMs;
}
