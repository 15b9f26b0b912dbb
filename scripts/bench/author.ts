// Somebody with a key who writes signed records one after the other, fast enough for hundreds of thousands of them.
// Keys come from names and guard nothing.

import { createHash } from 'node:crypto';
import sodium from 'sodium-native';
import type { Bodies, RecordKind } from '../../core/bodies.ts';
import { zero32 } from '../../core/bytes.ts';
import { draftBytes, recordId, sealRecord } from '../../core/record.ts';

/** A record with what a verifier of its signature needs. */
export type Written = {
  readonly bytes: Uint8Array;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly key: Uint8Array;
};

/** The seed that goes with a name. */
export const seedOf = (name: string): Uint8Array => new Uint8Array(createHash('sha256').update(name).digest());

export class Author {
  readonly seed: Uint8Array;
  readonly key = new Uint8Array(sodium.crypto_sign_PUBLICKEYBYTES);
  readonly #secretKey = new Uint8Array(sodium.crypto_sign_SECRETKEYBYTES);
  #seq = 0;
  #last: Uint8Array = zero32;

  constructor(name: string) {
    this.seed = seedOf(name);
    sodium.crypto_sign_seed_keypair(this.key, this.#secretKey, this.seed);
  }

  /** Id of the last record written. */
  get last(): Uint8Array {
    return this.#last;
  }

  sign(message: Uint8Array): Uint8Array {
    const signature = new Uint8Array(sodium.crypto_sign_BYTES);
    sodium.crypto_sign_detached(signature, message, this.#secretKey);
    return signature;
  }

  /** The next record of this author's chain. */
  write<K extends RecordKind>(grid: Uint8Array, kind: K, body: Bodies[K]): Written {
    const draft = { grid, kind, author: this.key, seq: this.#seq + 1, prev: this.#last, body };
    const signedBytes = draftBytes(draft);
    const signature = this.sign(signedBytes);
    this.#seq += 1;
    this.#last = recordId(signedBytes);
    return { bytes: sealRecord(signedBytes, signature), signedBytes, signature, key: this.key };
  }
}
