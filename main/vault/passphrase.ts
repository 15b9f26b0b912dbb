/**
 * Rules around passphrases: how long one must be, and how long to wait after wrong ones.
 * Never keeps a passphrase.
 */
import { AppError } from '../../core/errors.ts';

/** Fewest characters of a passphrase. */
const shortestPassphrase = 8;

/** Throws `vault/weak-passphrase` for one that is too short to be worth a lock. */
export function checkPassphrase(passphrase: string): void {
  if ([...passphrase.normalize('NFKC')].length < shortestPassphrase) {
    throw new AppError('vault/weak-passphrase', `at least ${shortestPassphrase} characters`);
  }
}

/** Pauses after wrong passphrases: two free tries, then 1, 2, 4 … up to 300 seconds. */
export class GuessBrake {
  readonly #now: () => number;
  #wrong = 0;
  #untilMs = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Throws `vault/wait` while a pause lasts; detail is the time it ends (ISO 8601). */
  check(): void {
    if (this.#now() < this.#untilMs)
      throw new AppError('vault/wait', new Date(this.#untilMs).toISOString(), { retry: true });
  }

  /** Counts a wrong guess. */
  wrong(): void {
    this.#wrong += 1;
    const pauseMs = this.#wrong <= 2 ? 0 : Math.min(1000 * 2 ** (this.#wrong - 3), 300_000);
    this.#untilMs = this.#now() + pauseMs;
  }

  /** Forgets the wrong ones. */
  right(): void {
    this.#wrong = 0;
    this.#untilMs = 0;
  }
}
