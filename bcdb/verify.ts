/**
 * The verifier of record: libsodium decides for the whole grid whether a signature is good. Implementations differ on
 * malformed keys and signatures, so no other verifier may judge a record (core's portable one is for receipts).
 */
import sodium from 'sodium-native';
import type { Verify } from '../core/keys.ts';

/** Ed25519 by libsodium. Never throws: what has the wrong length is no good signature. */
export const verifySodium: Verify = (signature, message, key) =>
  signature.length === sodium.crypto_sign_BYTES &&
  key.length === sodium.crypto_sign_PUBLICKEYBYTES &&
  sodium.crypto_sign_verify_detached(signature, message, key);

/** Signs with the key of a 32-byte seed; the expanded secret key is wiped afterwards. */
export function signSodium(seed: Uint8Array, message: Uint8Array): Uint8Array {
  const publicKey = new Uint8Array(sodium.crypto_sign_PUBLICKEYBYTES);
  const secretKey = new Uint8Array(sodium.crypto_sign_SECRETKEYBYTES);
  const signature = new Uint8Array(sodium.crypto_sign_BYTES);
  try {
    sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
    sodium.crypto_sign_detached(signature, message, secretKey);
  } finally {
    sodium.sodium_memzero(secretKey);
  }
  return signature;
}
