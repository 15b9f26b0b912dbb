/**
 * A batch of signatures in shared memory, from which threads take one claim after the other. Nobody waits for anybody:
 * an outcome carries the number of its batch, so what a late thread writes counts for nothing, and whoever asked judges
 * by itself what is not there yet.
 */
import type { Verify } from '../../core/keys.ts';

/** One signature to judge. */
export type Claim = { readonly signature: Uint8Array; readonly message: Uint8Array; readonly key: Uint8Array };

const mostClaims = 4096;
const claimBytes = 4 * 1024 * 1024;
/** Places of the control words: number of the batch (negative: no more), its size, the next claim to take. */
const at = { batch: 0, count: 1, next: 2 } as const;
const controlWords = 4;
const wordBytes = (controlWords + 2 * mostClaims + 1) * 4;
/** Batches are counted from 1, and begin again long after every late thread has looked. */
const lastBatch = 2 ** 30 - 1;
/** Key and signature, before the message. */
const headBytes = 32 + 64;

export const boardBytes = wordBytes + claimBytes;

export class VerifyBoard {
  readonly #control: Int32Array;
  /** Per claim: batch * 2 + (good ? 1 : 0). */
  readonly #outcomes: Int32Array;
  /** Where each claim begins, and where the last one ends. */
  readonly #offsets: Int32Array;
  readonly #claims: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.#control = new Int32Array(memory, 0, controlWords);
    this.#outcomes = new Int32Array(memory, controlWords * 4, mostClaims);
    this.#offsets = new Int32Array(memory, (controlWords + mostClaims) * 4, mostClaims + 1);
    this.#claims = new Uint8Array(memory, wordBytes);
  }

  /** Puts up a new batch and wakes all threads; answers how many claims fitted. */
  put(claims: readonly Claim[]): number {
    let end = 0;
    let count = 0;
    for (const { signature, message, key } of claims) {
      const next = end + headBytes + message.length;
      if (count === mostClaims || next > claimBytes) break;
      this.#claims.set(key, end);
      this.#claims.set(signature, end + 32);
      this.#claims.set(message, end + headBytes);
      this.#offsets[count] = end;
      count += 1;
      end = next;
    }
    this.#offsets[count] = end;
    Atomics.store(this.#control, at.count, count);
    Atomics.store(this.#control, at.next, 0);
    Atomics.store(this.#control, at.batch, (this.batch % lastBatch) + 1);
    Atomics.notify(this.#control, at.batch);
    return count;
  }

  get batch(): number {
    return Atomics.load(this.#control, at.batch);
  }

  /** The next claim that nobody took; undefined when there is none. */
  take(): number | undefined {
    const index = Atomics.add(this.#control, at.next, 1);
    return index < Atomics.load(this.#control, at.count) ? index : undefined;
  }

  /** What a thread found for a claim of this batch; undefined when nothing is there yet. */
  outcome(index: number, batch: number): boolean | undefined {
    const word = Atomics.load(this.#outcomes, index);
    return word >> 1 === batch ? (word & 1) === 1 : undefined;
  }

  /** A thread's work on the present batch: judges claims until all are taken. Answers the batch's number. */
  judge(verify: Verify): number {
    const { batch } = this;
    for (let index = this.take(); index !== undefined; index = this.take()) {
      // Copies: libsodium's binding takes no shared memory.
      const claim = this.#claims.slice(this.#offsets[index], this.#offsets[index + 1]);
      const [key, signature, message] = [claim.subarray(0, 32), claim.subarray(32, 96), claim.subarray(headBytes)];
      Atomics.store(this.#outcomes, index, (batch << 1) | (verify(signature, message, key) ? 1 : 0));
    }
    return batch;
  }

  /** Sleeps until another batch than this one is there. */
  wait(batch: number): void {
    Atomics.wait(this.#control, at.batch, batch);
  }

  /** Ends all threads. */
  stop(): void {
    Atomics.store(this.#control, at.batch, -1);
    Atomics.notify(this.#control, at.batch);
  }
}
