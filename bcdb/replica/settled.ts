/** Waits for the end of an own record: final or rejected. */
import { AppError } from '../../core/errors.ts';
import type { OutboxView } from '../../core/views.ts';
import type { Replica } from '../replica-api.ts';
import type { StoreClient } from '../store/store-client.ts';

/** Waits for an outbox entry's end; listens before it looks, so that nothing slips between. */
export async function settled(
  store: StoreClient,
  on: Replica['on'],
  id: string,
  timeoutMs: number,
): Promise<OutboxView> {
  const { promise, resolve, reject } = Promise.withResolvers<OutboxView>();
  const consider = (view: OutboxView): void => {
    if (view.id === id && view.state !== 'pending') resolve(view);
  };
  const stop = on('outbox', consider);
  const timer = setTimeout(() => reject(new AppError('net/timeout', 'not final yet', { retry: true })), timeoutMs);
  try {
    const entry = await store.call('entry', id);
    if (entry === null) throw new AppError('replica/not-found', 'not in the outbox');
    consider(entry);
    return await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}
