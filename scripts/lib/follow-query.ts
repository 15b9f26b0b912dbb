// A query's answer now and after every block that changes it, for the command line: looks at the database of a running app from
// outside, by SQLite's own counter of foreign commits, and asks again when it moved. Takes no lock, writes nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Delta, deltaOf, held } from '../../bcdb/live.ts';
import type { LiveName, Queries } from '../../bcdb/replica-api.ts';
import { openCommitCounter, readReplica } from './read-replica.ts';

/** One line of output: the whole answer, then each step (bcdb/live). */
export type Followed = { readonly seq: 0; readonly answer: unknown } | { readonly seq: number; readonly delta: Delta };

const lookMs = 200;

/** Tells until `signal` aborts. Throws what the query throws, and what opening the replica throws. */
export async function followQuery<Q extends LiveName>(
  folder: string,
  { name, input }: { readonly name: Q; readonly input: Queries[Q][0] },
  signal: AbortSignal,
  tell: (line: Followed) => void,
): Promise<void> {
  const ask = (): unknown => {
    const replica = readReplica(folder);
    try {
      return replica.answer(name, input);
    } finally {
      replica.close();
    }
  };
  const commits = openCommitCounter(folder);
  try {
    let seen = commits.count();
    const answer = ask();
    let last = held(answer);
    let seq = 0;
    tell({ seq: 0, answer });
    while (!signal.aborted) {
      await sleep(lookMs, undefined, { signal }).catch(() => undefined); // aborted: the loop sees it
      const now = commits.count();
      if (now === seen) continue;
      seen = now;
      const step = deltaOf(last, ask());
      if (step === undefined) continue;
      last = step.held;
      seq += 1;
      tell({ seq, delta: step.delta });
    }
  } finally {
    commits.close();
  }
}
