/** SHA-256 by libsodium: on inputs as small as records and leaves faster than OpenSSL and the portable one in core. Same bytes. */
import sodium from 'sodium-native';
import type { Sha256 } from '../../core/bytes.ts';

export const fastSha256: Sha256 = (bytes) => {
  const digest = new Uint8Array(sodium.crypto_hash_sha256_BYTES);
  sodium.crypto_hash_sha256(digest, bytes);
  return digest;
};
