/**
 * From 24 words to keys and addresses: BIP39, SLIP-0010 for ed25519, SEP-0005 paths, Stellar strkeys.
 * The same words restore the same address in any Stellar wallet. Never logs or keeps a secret.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { base32nopad } from '@scure/base';
import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedSync, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { concatBytes } from './bytes.ts';
import { AppError } from './errors.ts';

/** An ed25519 public key, 32 bytes: who a 3bot, node, guardian is. */
export type PublicKey = Uint8Array;

const hardened = 0x80000000;

/** 24 words of 32 bytes of entropy (BIP39, English list). */
export const wordsOf = (entropy: Uint8Array): string => entropyToMnemonic(entropy, wordlist);

/** The words as they are stored: lower case, single spaces. */
const normalize = (words: string): string => words.normalize('NFKD').trim().toLowerCase().split(/\s+/).join(' ');

/** The entropy of 24 words. Throws `key/bad-words`: wrong count, unknown word or checksum. */
export function entropyOf(words: string): Uint8Array {
  const text = normalize(words);
  if (text.split(' ').length !== 24 || !validateMnemonic(text, wordlist)) throw new AppError('key/bad-words');
  return mnemonicToEntropy(text, wordlist);
}

/** One step of SLIP-0010 for ed25519: every index is hardened. */
function childOf(key: Uint8Array, chainCode: Uint8Array, index: number): readonly [Uint8Array, Uint8Array] {
  const data = new Uint8Array(37);
  data.set(key, 1);
  new DataView(data.buffer).setUint32(33, hardened + index);
  const digest = hmac(sha512, chainCode, data);
  return [digest.slice(0, 32), digest.slice(32)];
}

/** The private key of a BIP39 seed (64 bytes) along hardened indices (SLIP-0010). */
export function derivePath(seed: Uint8Array, path: readonly number[]): Uint8Array {
  const master = hmac(sha512, new TextEncoder().encode('ed25519 seed'), seed);
  let node: readonly [Uint8Array, Uint8Array] = [master.slice(0, 32), master.slice(32)];
  for (const index of path) node = childOf(...node, index);
  return node[0];
}

/** The 32-byte ed25519 seed of account `index`: `m/44'/148'/index'` (SEP-0005). Throws `key/bad-words`. */
export function accountSeed(words: string, index = 0, passphrase = ''): Uint8Array {
  entropyOf(words);
  return derivePath(mnemonicToSeedSync(normalize(words), passphrase), [44, 148, index]);
}

/** The public key of a 32-byte seed. */
export const publicKeyOf = (seed: Uint8Array): PublicKey => ed25519.getPublicKey(seed);

/** Ed25519 (RFC 8032) signature, 64 bytes. */
export const sign = (seed: Uint8Array, message: Uint8Array): Uint8Array => ed25519.sign(message, seed);

/** Decides whether a signature is good. The grid's own verifier is libsodium (`bcdb`); this is the portable one. */
export type Verify = (signature: Uint8Array, message: Uint8Array, key: PublicKey) => boolean;

/** RFC 8032 strict verification in plain JavaScript, where speed does not matter. Never throws. */
export const verifyPortable: Verify = (signature, message, key) => {
  try {
    return ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false; // malformed key or signature: not a good signature, whatever the reason
  }
};

/** CRC16-XModem (polynomial 0x1021), the checksum of strkeys, little-endian (SEP-0023). */
export function checksum(bytes: Uint8Array): Uint8Array {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return Uint8Array.of(crc & 0xff, crc >> 8);
}

/** Version bytes of SEP-0023: `G…` for a public key, `S…` for a seed. */
const strkeyVersion = { public: 6 << 3, seed: 18 << 3 } as const;

function toStrkey(version: number, payload: Uint8Array): string {
  const body = concatBytes(Uint8Array.of(version), payload);
  return base32nopad.encode(concatBytes(body, checksum(body)));
}

/** The Stellar address (`G…`, 56 characters) of a public key. */
export const addressOf = (key: PublicKey): string => toStrkey(strkeyVersion.public, key);

/** The Stellar secret (`S…`) of a seed: only for published vectors and a user's own export, never shown or logged. */
export const secretAddressOf = (seed: Uint8Array): string => toStrkey(strkeyVersion.seed, seed);

/** The public key of a Stellar address. Throws `key/bad-address`. */
export function keyOf(address: string): PublicKey {
  if (!/^G[A-Z2-7]{55}$/.test(address)) throw new AppError('key/bad-address', 'an address is G and 55 more characters');
  const bytes = base32nopad.decode(address);
  const key = bytes.slice(1, 33);
  if (bytes[0] !== strkeyVersion.public || toStrkey(strkeyVersion.public, key) !== address) {
    throw new AppError('key/bad-address', 'the checksum does not match: a character is wrong');
  }
  return key;
}
