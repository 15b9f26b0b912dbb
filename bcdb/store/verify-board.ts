/**
 * Signatures to be judged, in shared memory, from which threads take one claim after the other. Nobody waits for anybody: an
 * outcome carries the number of its sheet, so what a late thread writes on a new one counts for nothing, and whoever asked
 * judges by itself what is not there yet.
 */
import type { Verify } from '../../core/keys.ts';

/** One signature to judge. */
export type Claim = { readonly signature: Uint8Array; readonly message: Uint8Array; readonly key: Uint8Array };

/** Where claims that were put up stand. */
export type Place = { readonly sheet: number; readonly from: number; readonly count: number };

const mostClaims = 16_384;
const claimBytes = 16 * 1024 * 1024;
/** Places of the control words; `turn` counts all that threads may have to wake up for. */
const at = { sheet: 0, count: 1, next: 2, turn: 3, isOver: 4 } as const;
const controlWords = 5;
const wordBytes = (controlWords + 2 * mostClaims + 1) * 4;
/** Sheets are counted from the first again long after every late thread has looked. */
const lastSheet = 2 ** 30 - 1;
/** Key and signature, before the message. */
const headBytes = 32 + 64;

export const boardBytes = wordBytes + claimBytes;

export class VerifyBoard {
  readonly #control: Int32Array;
  /** Per claim: sheet * 2 + (good ? 1 : 0). */
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

  /** Counted from 1: memory that nobody wrote to holds no outcome. */
  get sheet(): number {
    return Atomics.load(this.#control, at.sheet) + 1;
  }

  /** Takes down all claims: what nobody judged by now, whoever put it up judges by itself. */
  wipe(): void {
    Atomics.store(this.#control, at.count, 0);
    Atomics.store(this.#control, at.next, 0);
    Atomics.store(this.#control, at.sheet, this.sheet % lastSheet);
  }

  /** Puts up claims behind those that are here, as many as fit, and wakes all threads. */
  put(claims: readonly Claim[]): Place {
    const from = Atomics.load(this.#control, at.count);
    let end = from === 0 ? 0 : (this.#offsets[from] ?? 0);
    let count = from;
    for (const { signature, message, key } of claims) {
      const next = end + headBytes + message.length;
      if (count === mostClaims || next > claimBytes) break;
      this.#claims.set(key, end);
      this.#claims.set(signature, end + 32);
      this.#claims.set(message, end + headBytes);
      this.#offsets[count] = end;
      count += 1;
      this.#offsets[count] = end = next;
    }
    Atomics.store(this.#control, at.count, count);
    this.#wake();
    return { sheet: this.sheet, from, count: count - from };
  }

  #wake(): void {
    Atomics.add(this.#control, at.turn, 1);
    Atomics.notify(this.#control, at.turn);
  }

  /** The next claim that nobody took, below `end`; undefined when there is none. */
  #take(end: number): number | undefined {
    for (;;) {
      const index = Atomics.load(this.#control, at.next);
      if (index >= Math.min(end, Atomics.load(this.#control, at.count))) return undefined;
      if (Atomics.compareExchange(this.#control, at.next, index, index + 1) === index) return index;
    }
  }

  /** What was found for a claim; undefined when nothing is there yet. */
  outcome(index: number, sheet: number): boolean | undefined {
    const word = Atomics.load(this.#outcomes, index);
    return word >> 1 === sheet ? (word & 1) === 1 : undefined;
  }

  /** Judges claims, the first ones first, until all below `end` are taken. */
  judge(verify: Verify, end = mostClaims): void {
    // Before the first is taken: of a claim on a later sheet, the outcome must not pass for one of it.
    const { sheet } = this;
    for (let index = this.#take(end); index !== undefined; index = this.#take(end)) {
      // Copies: libsodium's binding takes no shared memory.
      const claim = this.#claims.slice(this.#offsets[index], this.#offsets[index + 1]);
      const [key, signature, message] = [claim.subarray(0, 32), claim.subarray(32, 96), claim.subarray(headBytes)];
      Atomics.store(this.#outcomes, index, (sheet << 1) | (verify(signature, message, key) ? 1 : 0));
    }
  }

  /** A thread's work: judges whatever is put up, sleeps when there is nothing, and returns when it is told to end. */
  serve(verify: Verify): void {
    while (Atomics.load(this.#control, at.isOver) === 0) {
      const turn = Atomics.load(this.#control, at.turn);
      this.judge(verify);
      Atomics.wait(this.#control, at.turn, turn);
    }
  }

  /** Ends all threads. */
  stop(): void {
    Atomics.store(this.#control, at.isOver, 1);
    this.#wake();
  }
}
