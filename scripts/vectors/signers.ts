// Keys by name for test vectors: the seed is the SHA-256 of the name, so everybody can make them again. Never use them.

import { signSodium } from '../../bcdb/verify.ts';
import { sha256, toHex } from '../../core/bytes.ts';
import { publicKeyOf } from '../../core/keys.ts';

export type Signer = {
  readonly name: string;
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
  readonly hex: string;
  sign(message: Uint8Array): Uint8Array;
};

export function signer(name: string): Signer {
  const seed = sha256(new TextEncoder().encode(name));
  const key = publicKeyOf(seed);
  return { name, seed, key, hex: toHex(key), sign: (message) => signSodium(seed, message) };
}
