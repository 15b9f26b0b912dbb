// A process of the crash test: one replica that hands in records as fast as they are taken, and tells of each that was.
// Ends when its parent does, or by kill -9 in the middle of anything.

import { setTimeout as sleep } from 'node:timers/promises';
import { openReplica } from '../../bcdb/replica.ts';
import type { ReplicaOptions } from '../../bcdb/replica-api.ts';
import { codeOf } from '../../core/errors.ts';
import { addressOf } from '../../core/keys.ts';
import { Author } from '../support/bcdb-grid.ts';

/** What the parent says first. */
export type Orders = Pick<ReplicaOptions, 'folder' | 'netSeed' | 'start' | 'guardianSeed' | 'keeps'> & {
  readonly author: string;
  readonly to: Uint8Array;
  /** Between two records; default: next to nothing. */
  readonly pauseMs?: number;
};

/** What the child tells. */
export type Told =
  | { readonly type: 'open'; readonly invitation: string }
  | { readonly type: 'taken'; readonly id: string }
  | { readonly type: 'state'; readonly doneHeight: number | null; readonly alarm: string | null }
  | { readonly type: 'still'; readonly height: number; readonly pendingCount: number }
  | { readonly type: 'trouble'; readonly text: string };

const tell = (told: Told): void => void process.send?.(told);

async function run({ author: name, to, pauseMs = 3, ...options }: Orders): Promise<void> {
  let isHandingIn = true;
  /** What was handed in is acknowledged, or refused. */
  const ended = Promise.withResolvers<undefined>();
  const onError = (error: Error): void => tell({ type: 'trouble', text: error.message });
  const replica = await openReplica({ ...options, onError, log: (line) => tell({ type: 'trouble', text: line }) });
  const author = new Author(name);
  replica.on('state', ({ verification, alarm }) =>
    tell({ type: 'state', doneHeight: verification?.doneHeight ?? null, alarm: alarm?.code ?? null }),
  );
  process.on('message', (message) => {
    if (message === 'close') void replica.close().then(() => process.exit(0));
    if (message !== 'still') return;
    isHandingIn = false;
    void ended.promise.then(() => {
      const { head, pendingCount } = replica.state();
      tell({ type: 'still', height: head?.height ?? -1, pendingCount });
    });
  });
  tell({ type: 'open', invitation: await replica.invitation() });
  while (isHandingIn) {
    try {
      const { seq, prev } = await replica.query('next', { author: addressOf(author.key) });
      const body = { to, amountStroops: 1n };
      const { id } = await replica.submit(author.writeAt({ grid: replica.grid, seq, prev }, 'transfer', body));
      tell({ type: 'taken', id });
      await sleep(pauseMs);
    } catch (error) {
      // A member that has no block yet waits for it.
      if (codeOf(error) !== 'replica/not-executed-yet') tell({ type: 'trouble', text: String(error) });
      await sleep(50);
    }
  }
  ended.resolve(undefined);
}

process.on('disconnect', () => process.exit(0));
process.once('message', (orders) => {
  run(orders as Orders).catch((error: unknown) => {
    tell({ type: 'trouble', text: String(error) });
    process.exitCode = 1;
    process.disconnect();
  });
});
