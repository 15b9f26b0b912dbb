/**
 * The host's side of the store worker: typed calls, events, and one transaction for all records that are handed in while
 * another one is being written. The thread is started here and ended here.
 */
import { Worker } from 'node:worker_threads';
import { AppError, type ErrorData, fromErrorData } from '../../core/errors.ts';
import type { HeadView, OutboxView } from '../../core/views.ts';
import type { Queries, QueryName, Replica } from '../replica-api.ts';
import type { CallName, FromStore, StoreCalls } from './protocol.ts';
import type { SubmitResult } from './submit.ts';
import { createSubscriptions } from './subscriptions.ts';

export type StoreListener = {
  readonly onHead: (head: HeadView) => void;
  readonly onOutbox: (changed: readonly OutboxView[]) => void;
  readonly onPending: (count: number) => void;
  /** This replica's key took or left the office of a guardian. */
  readonly onGuardian?: (isGuardian: boolean) => void;
  readonly onAlarm: (alarm: ErrorData | null) => void;
  readonly onDefect: (error: AppError) => void;
  /** The thread ended by itself: nothing more will come from it. */
  readonly onGone: (error: AppError) => void;
};

export type StoreClient = {
  call<N extends CallName>(name: N, ...input: StoreCalls[N][0]): Promise<StoreCalls[N][1]>;
  query<Q extends QueryName>(name: Q, input: Queries[Q][0]): Promise<Queries[Q][1]>;
  /** Durable when it resolves; rejects with why it was refused. */
  submit(record: Uint8Array): Promise<OutboxView>;
  subscribe: Replica['subscribe'];
  close(): Promise<void>;
};

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: AppError) => void };
type Handed = Waiting & { readonly record: Uint8Array };

/** Starts the thread. `isBackground`: it steps behind what somebody waits for. */
export function startStore(listener: StoreListener, isBackground = false): StoreClient {
  const options = { workerData: { isBackground }, execArgv: [], name: isBackground ? 'verify-store' : 'store' };
  const worker = new Worker(new URL('./entry-store.ts', import.meta.url), options);
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let handed: Handed[] = [];
  let isSubmitting = false;
  let gone: AppError | undefined;

  function hear(message: FromStore): void {
    switch (message.type) {
      case 'done':
        waiting.get(message.id)?.resolve(message.value);
        waiting.delete(message.id);
        break;
      case 'failed':
        waiting.get(message.id)?.reject(fromErrorData(message.error));
        waiting.delete(message.id);
        break;
      case 'head':
        subscriptions.headCame();
        listener.onHead(message.head);
        break;
      case 'outbox':
        listener.onOutbox(message.changed);
        break;
      case 'delta':
        subscriptions.hear(message);
        break;
      case 'pending':
        listener.onPending(message.count);
        break;
      case 'guardian':
        listener.onGuardian?.(message.isGuardian);
        break;
      case 'alarm':
        listener.onAlarm(message.alarm);
        break;
      case 'defect':
        listener.onDefect(fromErrorData(message.error));
    }
  }

  function end(error: AppError): void {
    if (gone !== undefined) return;
    gone = error;
    for (const { reject } of [...waiting.values(), ...handed]) reject(error);
    waiting.clear();
    handed = [];
    listener.onGone(error);
  }

  worker.on('message', hear);
  worker.on('error', (cause) => end(new AppError('replica/closed', String(cause), { cause })));
  worker.on('exit', () => end(new AppError('replica/closed', 'the store ended')));

  function call<N extends CallName>(name: N, ...input: StoreCalls[N][0]): Promise<StoreCalls[N][1]> {
    if (gone !== undefined) return Promise.reject(gone);
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve: (value) => resolve(value as StoreCalls[N][1]), reject });
      worker.postMessage({ id, name, input }, []);
    });
  }

  const subscriptions = createSubscriptions(call, listener.onDefect);

  async function submitHanded(): Promise<void> {
    if (isSubmitting) return;
    isSubmitting = true;
    while (handed.length > 0) {
      const batch = handed;
      handed = [];
      try {
        const results = await call(
          'submit',
          batch.map(({ record }) => record),
        );
        for (const [index, { resolve, reject }] of batch.entries()) settle(results[index], resolve, reject);
      } catch (error) {
        for (const { reject } of batch) reject(error instanceof AppError ? error : new AppError('ipc/internal'));
      }
    }
    isSubmitting = false;
  }

  return {
    call,
    query: <Q extends QueryName>(name: Q, input: Queries[Q][0]) => call('query', name, input) as Promise<Queries[Q][1]>,
    subscribe: subscriptions.subscribe,
    submit: (record) =>
      new Promise((resolve, reject) => {
        handed.push({ record, resolve: (value) => resolve(value as OutboxView), reject });
        void submitHanded();
      }),
    async close() {
      if (gone === undefined) await call('close');
      gone ??= new AppError('replica/closed');
      await worker.terminate();
    },
  };
}

function settle(
  result: SubmitResult | undefined,
  resolve: (view: OutboxView) => void,
  reject: Waiting['reject'],
): void {
  if (result === undefined) reject(new AppError('ipc/internal', 'no answer'));
  else if ('view' in result) resolve(result.view);
  else reject(fromErrorData(result.error));
}
