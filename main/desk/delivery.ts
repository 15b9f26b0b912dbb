/**
 * Carries messages to other 3bots over Noise and repeats them with growing pauses until they are acknowledged or no
 * longer wanted. Knows where a 3bot can be reached from its profile record; decides nothing about contracts.
 */

import type { Replica } from '../../bcdb/replica-api.ts';
import { fromHex } from '../../core/bytes.ts';
import { AppError, codeOf, type ErrorCode } from '../../core/errors.ts';
import { addressOf, type PublicKey } from '../../core/keys.ts';

/** One thing to bring to one 3bot. `key` names it: a newer one with the same key takes its place. */
export type Delivery = {
  readonly key: string;
  readonly to: PublicKey;
  readonly message: Uint8Array;
  /** Asked before each try: false ends it without a word. */
  readonly isWanted: () => Promise<boolean>;
  /** What fails here is tried again with the message: receiving it twice changes nothing. */
  readonly onDone: () => Promise<void> | void;
  /** Told of each failed try; the delivery goes on. Must not throw. */
  readonly onTrouble: (code: ErrorCode) => void;
};

const firstPauseMs = 500;
const longestPauseMs = 30_000;

export class Courier {
  readonly #replica: Replica;
  readonly #open = new Map<string, { delivery: Delivery; pauseMs: number; timer: NodeJS.Timeout | undefined }>();
  #isClosed = false;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  /** Starts or replaces a delivery. */
  bring(delivery: Delivery): void {
    if (this.#isClosed) return;
    this.cancel(delivery.key);
    const job = { delivery, pauseMs: firstPauseMs, timer: undefined };
    this.#open.set(delivery.key, job);
    void this.#try(delivery.key);
  }

  cancel(key: string): void {
    clearTimeout(this.#open.get(key)?.timer);
    this.#open.delete(key);
  }

  /** Tries everything again at once: after a resume, or when a profile appeared. */
  hurry(): void {
    for (const [key, job] of this.#open) {
      if (job.timer === undefined) continue;
      clearTimeout(job.timer);
      job.timer = undefined;
      job.pauseMs = firstPauseMs;
      void this.#try(key);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const key of this.#open.keys()) this.cancel(key);
  }

  async #try(key: string): Promise<void> {
    const job = this.#open.get(key);
    if (job === undefined) return;
    const { delivery } = job;
    try {
      if (await delivery.isWanted()) {
        await this.#send(delivery);
        await delivery.onDone();
      }
    } catch (error) {
      // Replaced or cancelled while it was on its way: the newer one has its own pause.
      if (this.#open.get(key) !== job) return;
      delivery.onTrouble(codeOf(error) ?? 'net/failed');
      job.timer = setTimeout(() => {
        job.timer = undefined;
        void this.#try(key);
      }, job.pauseMs);
      job.pauseMs = Math.min(job.pauseMs * 2, longestPauseMs);
      return;
    }
    if (this.#open.get(key) === job) this.#open.delete(key);
  }

  async #send(delivery: Delivery): Promise<void> {
    const profile = await this.#replica.query('profile', { address: addressOf(delivery.to) });
    if (profile === null) throw new AppError('desk/unknown-peer', addressOf(delivery.to), { retry: true });
    await this.#replica.request(fromHex(profile.net), 'message', delivery.message);
  }
}
