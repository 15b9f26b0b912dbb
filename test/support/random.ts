// Chance that can be repeated: the same seed gives the same numbers.

import { randomInt } from 'node:crypto';

export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /**
   * Of the environment (`THREEBOT_SEED`), to repeat a run. Else a new one in `npm run chaos`, which is there to find what nobody
   * thought of, and always the same in `npm test`, which is there to tell whether a change broke something.
   */
  static fromEnv(): Random {
    const given = Number(process.env['THREEBOT_SEED']);
    if (Number.isSafeInteger(given) && given > 0) return new Random(given);
    return new Random(process.env['THREEBOT_CHAOS'] === '1' ? randomInt(1, 2 ** 31) : 1);
  }

  /** From 0 up to but without 1: mulberry32 by T. Ettinger, in the public domain. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `from` up to but without `to`. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from));
  }

  pick<T>(of: readonly [T, ...T[]] | readonly T[]): T {
    const [first] = of;
    if (first === undefined) throw new RangeError('nothing to choose from');
    return of[this.between(0, of.length)] ?? first;
  }
}
