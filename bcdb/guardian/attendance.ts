/** Who was heard when, in the stream: for the screens, which name guardians that are missing. */
import { toHex } from '../../core/bytes.ts';
import type { PublicKey } from '../../core/keys.ts';
import type { Timers } from './office-parts.ts';

/** A guardian says something in every block, and there is one at least every 30 s. */
const silentMs = 40_000;
/** Whoever has just begun to listen misses nobody yet. */
const listeningMs = 10_000;

export class Attendance {
  readonly #timers: Timers;
  readonly #self: string;
  readonly #startedMs: number;
  readonly #heardMs = new Map<string, number>();

  constructor(timers: Timers, self: PublicKey) {
    this.#timers = timers;
    this.#self = toHex(self);
    this.#startedMs = timers.nowMs();
  }

  /** These said something, as hexadecimal keys. */
  note(guardians: readonly string[]): void {
    for (const hex of guardians) this.#heardMs.set(hex, this.#timers.nowMs());
  }

  /** Of these guardians those that are not heard any more; `isElsewhere`: it was heard by another way. */
  missing(guardians: readonly PublicKey[], isElsewhere: (hex: string) => boolean): readonly PublicKey[] {
    const nowMs = this.#timers.nowMs();
    if (nowMs - this.#startedMs < listeningMs) return [];
    for (const hex of this.#heardMs.keys()) if (!guardians.some((key) => toHex(key) === hex)) this.#heardMs.delete(hex);
    return guardians.filter((key) => {
      const hex = toHex(key);
      const heardMs = this.#heardMs.get(hex);
      const isHeard = heardMs !== undefined && nowMs - heardMs < silentMs;
      return hex !== this.#self && !isHeard && !isElsewhere(hex);
    });
  }
}
