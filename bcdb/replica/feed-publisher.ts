/** Puts every certified block into our own feed, in order; where the feed lags, it is filled from the store. */
import { codeOf } from '../../core/errors.ts';
import type { Net } from '../net/net-api.ts';
import type { StoreClient } from '../store/store-client.ts';

/** Blocks on their way at once. */
const atOnce = 16;
const retryMs = 1000;
/** Before it is seen whether a block that was missing is here now. */
const lookAgainMs = 60_000;

export type FeedPublisher = {
  /** The head is at this height. */
  reach(height: number): void;
  /** False while a block is missing that the feed needs: who does not keep all of them has no feed to offer. */
  isWhole(): boolean;
  stop(): void;
};

export function createFeedPublisher(store: StoreClient, net: Net, onError: (error: unknown) => void): FeedPublisher {
  let target = -1;
  let isRunning = false;
  let isStopped = false;
  /** When a block was last found missing; a light replica may yet get all of them. */
  let missedMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const isMissing = (): boolean => missedMs !== undefined && performance.now() - missedMs < lookAgainMs;

  async function publishAll(): Promise<void> {
    while (!isStopped && net.published() <= target) {
      const from = net.published();
      const count = Math.min(atOnce, target - from + 1);
      const heights = Array.from({ length: count }, (_, index) => from + index);
      await Promise.all(heights.map(async (height) => net.publish(height, await store.call('block', height))));
      missedMs = undefined;
    }
  }

  function run(): void {
    if (isRunning || isStopped || isMissing()) return;
    isRunning = true;
    clearTimeout(timer);
    publishAll()
      .catch((error: unknown) => {
        if (isStopped) return;
        if (codeOf(error) === 'replica/pruned') {
          missedMs = performance.now();
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
    isWhole: () => missedMs === undefined,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
