/** Waits for a replica to follow its grid. Changes nothing. */
import type { Replica } from '../../bcdb/replica-api.ts';
import { AppError } from '../../core/errors.ts';

/** Resolves when the replica is live; rejects with `net/timeout` after `timeoutMs`. */
export function untilLive(replica: Replica, timeoutMs: number): Promise<void> {
  if (replica.state().state === 'live') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = replica.on('state', ({ state }) => {
      if (state !== 'live') return;
      clearTimeout(timer);
      stop();
      resolve();
    });
    const timer = setTimeout(() => {
      stop();
      reject(new AppError('net/timeout', 'the grid does not answer', { retry: true }));
    }, timeoutMs);
  });
}
