// The limit that everything is measured against: libsodium's signature checks a second on all cores together.

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Claim } from '../../../bcdb/store/verify-board.ts';

/** What one thread gets, and how long it works. */
export type RawWork = { readonly claims: readonly Claim[]; readonly forMs: number };

/** Signature checks a second, one thread for each core, all at the same time. */
export async function verifyOnAllCores(claims: readonly Claim[], forMs = 1000): Promise<number> {
  const work: RawWork = { claims, forMs };
  const threads = Array.from(
    { length: availableParallelism() },
    () => new Worker(new URL('./entry-raw-verify.ts', import.meta.url), { workerData: work }),
  );
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  for (const thread of threads) thread.postMessage('go', []);
  const rates = await Promise.all(threads.map((thread) => once(thread, 'message')));
  await Promise.all(threads.map((thread) => thread.terminate()));
  return rates.reduce((sum, [rate]) => sum + Number(rate), 0);
}
