// A guardian's process for tests: opens a replica as its parent says, tells how it stands, and takes records, until it ends.

import { openReplica } from '../../bcdb/replica.ts';
import type { Replica, ReplicaOptions } from '../../bcdb/replica-api.ts';
import type { HeadView, ReplicaView } from '../../core/views.ts';

export type ToGuardian =
  | {
      readonly type: 'open';
      readonly options: Pick<ReplicaOptions, 'folder' | 'start' | 'netSeed' | 'guardianSeed' | 'network'>;
    }
  | { readonly type: 'submit'; readonly records: readonly Uint8Array[] };

export type FromGuardian =
  | { readonly type: 'opened'; readonly invitation: string }
  | { readonly type: 'head'; readonly head: HeadView }
  | { readonly type: 'state'; readonly view: ReplicaView }
  | { readonly type: 'outbox'; readonly id: string; readonly state: string; readonly code: string | null }
  | { readonly type: 'log'; readonly text: string };

const say = (message: FromGuardian): void => {
  // Whoever started it may be gone.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};
let replica: Replica | undefined;

async function hear(message: ToGuardian): Promise<void> {
  if (message.type === 'submit') {
    for (const record of message.records) await replica?.submit(record);
    return;
  }
  const opened = await openReplica({
    ...message.options,
    onError: (error) => say({ type: 'log', text: String(error) }),
    log: (line) => say({ type: 'log', text: line }),
  });
  replica = opened;
  opened.on('head', (head) => say({ type: 'head', head }));
  opened.on('state', (view) => say({ type: 'state', view }));
  opened.on('outbox', ({ id, state, code }) => say({ type: 'outbox', id, state, code }));
  say({ type: 'opened', invitation: await opened.invitation('long') });
}

process.on('message', (message: ToGuardian) => {
  hear(message).catch((error: unknown) => say({ type: 'log', text: String(error) }));
});
process.on('disconnect', () => {
  void (replica?.close() ?? Promise.resolve()).finally(() => process.exit(0));
});
