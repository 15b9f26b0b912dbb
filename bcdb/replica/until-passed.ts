/** Goes on by itself behind trouble that passes, such as a full disk; tells of it once, and again when it comes back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../core/errors.ts';
import { isPassing } from './light-peers.ts';

const againMs = 1000;
/** Work that went on for so long had no trouble any more. */
const passedMs = 5000;

export type Patience = { readonly isStopped: () => boolean; readonly onError: (error: unknown) => void };

/** `work` as often as it takes. Throws what does not pass; undefined when stopped. */
export async function untilPassed<T>(work: () => Promise<T>, { isStopped, onError }: Patience): Promise<T | undefined> {
  let told: unknown;
  while (!isStopped()) {
    const beganMs = performance.now();
    try {
      return await work();
    } catch (error) {
      if (isStopped()) return undefined;
      if (!isPassing(error)) throw error;
      if (codeOf(error) !== told || performance.now() - beganMs > passedMs) onError(error);
      told = codeOf(error);
      await sleep(againMs);
    }
  }
  return undefined;
}
