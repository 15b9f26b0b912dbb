// A query's answer now and after every block that changes it, for the command line: the same subscriptions as in the app
// (bcdb/store/live-queries), over the database of a running app, looked at from outside. Takes no lock, writes nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Delta } from '../../bcdb/live.ts';
import type { LiveName, Queries } from '../../bcdb/replica-api.ts';
import { createLiveQueries } from '../../bcdb/store/live-queries.ts';
import { followReplica } from './read-replica.ts';

/** One line of output: the whole answer, then each step (bcdb/live); a whole one again when there is another database. */
export type Followed = { readonly seq: 0; readonly answer: unknown } | { readonly seq: number; readonly delta: Delta };

const lookMs = 200;
/** The one subscription. */
const watch = 0;

type Asked<Q extends LiveName> = { readonly name: Q; readonly input: Queries[Q][0] };

/** Tells until `signal` aborts. Throws what the query throws, and what opening the replica throws. */
export async function followQuery<Q extends LiveName>(
  folder: string,
  asked: Asked<Q>,
  signal: AbortSignal,
  tell: (line: Followed) => void,
): Promise<void> {
  do await followOne(folder, asked, signal, tell);
  while (!signal.aborted);
}

/** One database: a replica that verified its history puts another one into its place. */
async function followOne<Q extends LiveName>(
  folder: string,
  { name, input }: Asked<Q>,
  signal: AbortSignal,
  tell: (line: Followed) => void,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  const live = createLiveQueries({
    ask: (query, argument) => replica.answer(query, argument),
    tell(_watch, seq, delta) {
      tell({ seq, delta });
      live.heard(watch);
    },
    onDefect: (error) => {
      failure = { error };
    },
  });
  const replica = followReplica(folder);
  try {
    replica.look(() => tell({ seq: 0, answer: live.watch(watch, name, input) }));
    live.heard(watch);
    while (!signal.aborted) {
      await sleep(lookMs, undefined, { signal }).catch(() => undefined); // aborted: the loop sees it
      if (!replica.look((changes) => live.committed(changes))) return;
      if (failure !== undefined) throw failure.error;
    }
  } finally {
    replica.close();
  }
}
