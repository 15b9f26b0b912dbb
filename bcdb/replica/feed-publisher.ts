/** Puts every certified block into our own feed, in order; where the feed lags, it is filled from the store. */
import { codeOf } from '../../core/errors.ts';
import type { Net } from '../net/net-api.ts';
import type { StoreClient } from '../store/store-client.ts';

/** Blocks on their way at once. */
const atOnce = 16;
const retryMs = 1000;

export type FeedPublisher = {
  /** The head is at this height. */
  reach(height: number): void;
  /** False once a block was missing that the feed needs: who does not keep all of them has no feed to offer. */
  isWhole(): boolean;
  stop(): void;
};

export function createFeedPublisher(store: StoreClient, net: Net, onError: (error: unknown) => void): FeedPublisher {
  let target = -1;
  let isRunning = false;
  let isStopped = false;
  let isWhole = true;
  let timer: NodeJS.Timeout | undefined;

  async function publishAll(): Promise<void> {
    while (!isStopped && net.published() <= target) {
      const from = net.published();
      const count = Math.min(atOnce, target - from + 1);
      const heights = Array.from({ length: count }, (_, index) => from + index);
      await Promise.all(heights.map(async (height) => net.publish(height, await store.call('block', height))));
    }
  }

  function run(): void {
    if (isRunning || isStopped || !isWhole) return;
    isRunning = true;
    clearTimeout(timer);
    publishAll()
      .catch((error: unknown) => {
        if (isStopped) return;
        if (codeOf(error) === 'replica/pruned') {
          isWhole = false;
          return;
        }
        if (codeOf(error)?.startsWith('net/') !== true) onError(error);
        timer = setTimeout(run, retryMs);
      })
      .finally(() => {
        isRunning = false;
      });
  }

  return {
    reach(height) {
      target = Math.max(target, height);
      run();
    },
    isWhole: () => isWhole,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
