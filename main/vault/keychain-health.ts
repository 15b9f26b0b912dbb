/**
 * Whether this machine has a working secret store, found out once and again when asked: a probe may open a window of
 * the system's, so that it must not run at each look.
 */
import type { ErrorCode } from '../../core/errors.ts';
import type { Keychain } from './keychain.ts';
import { probeKeychain } from './keychain-key.ts';

/** What is known of the store. */
export type Health = { readonly name: string; readonly code?: ErrorCode };

export class KeychainHealth {
  readonly #keychain: Keychain;
  #known: Promise<Health> | undefined;

  constructor(keychain: Keychain) {
    this.#keychain = keychain;
  }

  /** What the store is called. */
  get name(): string {
    return this.#keychain.describe();
  }

  /** What is known; probes the first time. */
  look(): Promise<Health> {
    this.#known ??= probeKeychain(this.#keychain);
    return this.#known;
  }

  /** Probes again. */
  lookAgain(): Promise<Health> {
    this.#known = undefined;
    return this.look();
  }
}
