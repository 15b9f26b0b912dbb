/** Small helpers over Uint8Array that have no home in the platform. Pure. */

import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

export { bytesToHex as toHex };

/** Bytes of an even-length hexadecimal string; throws on anything else. */
export const fromHex = (hex: string): Uint8Array => hexToBytes(hex);

/** A SHA-256 (FIPS 180-4): 32 bytes of their own. Where much is hashed, a room with a faster one hands it in. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** The portable one. */
export const sha256: Sha256 = (bytes) => nobleSha256(bytes);

/** True when both hold the same bytes. Not constant-time: never use it on secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  // A plain loop: every record and block is compared with its own encoding, and a callback per byte costs three times as much.
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** Bytewise lexicographic order, the order of every list that gets hashed. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const part of parts) size += part.length;
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** 32 zero bytes: `prev` of an author's first record, and `grid` of a genesis. */
export const zero32: Uint8Array = new Uint8Array(32);
