/** Writes DER (X.690), the few types that a certificate needs. Pure; reads nothing. */
import { concatBytes } from '../../core/bytes.ts';

/** One value with its tag and length (X.690 8.1); lengths in the shortest form (10.1). */
function tagged(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  const { length } = content;
  if (length < 0x80) return concatBytes(Uint8Array.of(tag, length), content);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return concatBytes(Uint8Array.of(tag, 0x80 + digits.length, ...digits), content);
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tagged(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Uint8Array => tagged(0x31, ...parts);
export const octetString = (content: Uint8Array): Uint8Array => tagged(0x04, content);
export const utf8String = (text: string): Uint8Array => tagged(0x0c, ascii(text));
export const isTrue = Uint8Array.of(0x01, 0x01, 0xff);

/** Context-specific tag `[number]` around whole values. */
export const explicit = (number: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  tagged(0xa0 + number, ...parts);

/** Context-specific tag `[number]` in place of a primitive value's own. */
export const implicit = (number: number, content: Uint8Array): Uint8Array => tagged(0x80 + number, content);

/** A whole number of 0 or more from its big-endian bytes. */
export function unsigned(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  // A leading bit would make it negative.
  return (digits[0] ?? 0) >= 0x80 ? tagged(0x02, Uint8Array.of(0), digits) : tagged(0x02, digits);
}

/** All bits of whole bytes but the last `unusedBits`. */
export const bitString = (content: Uint8Array, unusedBits = 0): Uint8Array =>
  tagged(0x03, Uint8Array.of(unusedBits), content);

/** An object identifier in dots (X.690 8.19). */
export function identifier(dots: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dots.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) septets.unshift(128 + (left % 128));
    return septets;
  });
  return tagged(0x06, Uint8Array.from(bytes));
}

/** A moment in whole seconds: UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 4.1.2.5). */
export function time(ms: number): Uint8Array {
  const digits = `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
  return Number(digits.slice(0, 4)) < 2050 ? tagged(0x17, ascii(digits.slice(2))) : tagged(0x18, ascii(digits));
}
