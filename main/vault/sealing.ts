/**
 * The vault's cryptography: AES-256-GCM for sealing, scrypt for passphrases, HKDF to bind a key to its use.
 * Only node:crypto; no state, no files. Every returned key is the caller's to wipe.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from 'node:crypto';
import { concatBytes } from '../../core/bytes.ts';
import { wipe } from './secret.ts';

/** Cost of one passphrase guess: N * r * 128 bytes of memory. */
export type ScryptCost = { readonly N: number; readonly r: number; readonly p: number };

/** 128 MiB and about half a second on a small machine. */
export const defaultScryptCost: ScryptCost = { N: 2 ** 17, r: 8, p: 1 };

const nonceBytes = 12;
const tagBytes = 16;

/** `nonce | ciphertext | tag`. `label` is authenticated: bytes sealed under one label open under no other. */
export function seal(key: Uint8Array, plain: Uint8Array, label: string): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(label));
  return concatBytes(nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

/** The plain bytes, or undefined when key, label or bytes are not those of the seal. */
export function unseal(key: Uint8Array, sealed: Uint8Array, label: string): Uint8Array | undefined {
  if (sealed.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(label));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const plain = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes));
  try {
    decipher.final();
  } catch {
    wipe(plain); // a wrong key is an answer here, not an accident
    return undefined;
  }
  // A copy of its own: Buffers of node:crypto may share a pool.
  const bytes = Uint8Array.from(plain);
  wipe(plain);
  return bytes;
}

/** The key of a passphrase (RFC 7914), 32 bytes. */
export function keyOfPassphrase(passphrase: string, salt: Uint8Array, cost: ScryptCost): Promise<Uint8Array> {
  const maxmem = 256 * cost.N * cost.r;
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, 32, { ...cost, maxmem }, (error, key) =>
      error ? reject(error) : resolve(new Uint8Array(key)),
    );
  });
}

/** One key out of several, for one purpose (RFC 5869). */
export function mixKeys(parts: readonly Uint8Array[], salt: Uint8Array, purpose: string): Uint8Array {
  const material = concatBytes(...parts);
  const key = new Uint8Array(hkdfSync('sha256', material, salt, purpose, 32));
  wipe(material);
  return key;
}
