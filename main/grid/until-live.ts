/** Hears when a replica follows its grid. Changes nothing. */
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

/** Calls `action` each time the replica begins to follow its grid again. */
export function onLive(replica: Replica, action: () => void): void {
  let before = replica.state().state;
  replica.on('state', ({ state }) => {
    const isNew = state === 'live' && before !== 'live';
    before = state;
    if (isNew) action();
  });
}
