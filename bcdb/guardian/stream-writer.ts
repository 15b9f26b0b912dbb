/** Publishes a guardian's messages in one stream: each again and again, with pauses, until it stands there or nobody wants it. */
import { sha256, toHex } from '../../core/bytes.ts';
import type { Timers } from './office-parts.ts';
import type { Sequencer } from './sequencer-api.ts';

const pausesMs = [100, 200, 500, 1000, 2000] as const;

export type StreamWriter = {
  /** The same bytes under the same `id` (default: their hash) stand in the stream once. */
  say(bytes: Uint8Array, isWanted: () => boolean, id?: string): void;
  /** Resolves to the position once it stands there; undefined when the writer was stopped before. */
  put(bytes: Uint8Array, id: string): Promise<number | undefined>;
  stop(): void;
};

export function createStreamWriter(sequencer: Pick<Sequencer, 'publish'>, timers: Timers): StreamWriter {
  let isStopped = false;
  const waiting = new Set<() => void>();

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        waiting.delete(end);
        cancel();
        resolve();
      };
      const cancel = timers.after(ms, end);
      waiting.add(end);
    });
  }

  async function publish(bytes: Uint8Array, id: string, isWanted: () => boolean): Promise<number | undefined> {
    for (let tries = 0; !isStopped && isWanted(); tries++) {
      try {
        return await sequencer.publish(bytes, id);
      } catch {
        // Whatever it was, the stream's own state tells; nothing is lost by saying it again.
        await pause(pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 0);
      }
    }
    return undefined;
  }

  return {
    say: (bytes, isWanted, id = toHex(sha256(bytes))) => void publish(bytes, id, isWanted),
    put: (bytes, id) => publish(bytes, id, () => true),
    stop() {
      isStopped = true;
      for (const end of waiting) end();
    },
  };
}
