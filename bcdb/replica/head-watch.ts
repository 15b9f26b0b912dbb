/**
 * Asks the guardians for their heads: how far behind we are, and whether anyone proves another or a shorter history
 * than ours. The store judges the answers; an alarm is raised there.
 */
import { randomBytes } from 'node:crypto';
import { codeOf } from '../../core/errors.ts';
import type { Net } from '../net/net-api.ts';
import type { StoreClient } from '../store/store-client.ts';

const askEveryMs = 5000;
const requestMs = 5000;

export type HeadWatch = {
  /** A guardian came: ask now. */
  look(): void;
  stop(): void;
};

export type HeadWatchOptions = {
  readonly store: StoreClient;
  readonly net: Net;
  readonly guardians: () => readonly Uint8Array[];
  /** Our height; -1 for none. */
  readonly height: () => number;
  readonly onHeight: (height: number) => void;
  readonly onError: (error: unknown) => void;
};

export function createHeadWatch(options: HeadWatchOptions): HeadWatch {
  const { store, net, guardians, height, onHeight, onError } = options;
  let isStopped = false;
  let isAsking = false;

  async function ask(guardian: Uint8Array): Promise<void> {
    const nonce = new Uint8Array(randomBytes(32));
    const askedAt = height();
    const answer = await net.request(guardian, 'head', nonce, { timeoutMs: requestMs });
    onHeight(await store.call('judgeHead', answer, nonce, askedAt));
  }

  async function askAll(): Promise<void> {
    if (isAsking || isStopped) return;
    isAsking = true;
    for (const guardian of guardians()) {
      try {
        await ask(guardian);
      } catch (error) {
        // A peer that does not answer shows as not connected; what its answer proves is told by the store.
        if (codeOf(error)?.startsWith('net/') !== true && !isStopped) onError(error);
      }
    }
    isAsking = false;
  }

  const timer = setInterval(() => void askAll(), askEveryMs);
  return {
    look: () => void askAll(),
    stop() {
      isStopped = true;
      clearInterval(timer);
    },
  };
}
