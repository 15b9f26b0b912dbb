/**
 * A wrapper around secret bytes: reachable only inside `use`, wiped on demand, never printable.
 * Must not hand out its bytes by any other way: no getter, no toJSON, no copy.
 */
import { inspect } from 'node:util';

/** Overwrites secret bytes. */
export const wipe = (bytes: Uint8Array): void => {
  bytes.fill(0);
};

/** Runs `action` on secret bytes and wipes them afterwards. Synchronous, so that no secret outlives a lock. */
export function consume<T>(bytes: Uint8Array, action: (bytes: Uint8Array) => T): T {
  try {
    return action(bytes);
  } finally {
    wipe(bytes);
  }
}

/** Secret bytes held for longer than one call. It owns the array given to it. */
export class Secret {
  readonly #bytes: Uint8Array;
  #isWiped = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Hands the bytes to `action` only. `action` must not keep them. */
  use<T>(action: (bytes: Uint8Array) => T): T {
    if (this.#isWiped) throw new Error('secret used after wipe');
    return action(this.#bytes);
  }

  /** Overwrites the bytes; any later `use` throws. */
  wipe(): void {
    this.#isWiped = true;
    wipe(this.#bytes);
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
