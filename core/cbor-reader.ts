/**
 * Reads core deterministic CBOR (RFC 8949 section 4.2.1) and sees while reading whether the bytes are the one encoding of
 * their value: shortest heads, text that is UTF-8, map keys in order and once. Everything else that the format has
 * (floats, indefinite lengths, other simple values, tags that the caller does not know) is refused.
 */
import { equalBytes } from './bytes.ts';
import { major, malformed, simple } from './cbor-writer.ts';

/**
 * Arrays and maps in each other, at most this deep; a quorum of 8 levels takes 25. Whether deeper ones can be read depends
 * on the stack that is left, which differs between replicas; what is valid must not.
 */
const maxDepth = 32;

const decoder = new TextDecoder();
const encoder = new TextEncoder();
/** Text up to this long is put together letter by letter; for longer text the platform's decoder is faster. */
const shortText = 48;

const minInteger = -(2n ** 63n);
const maxInteger = 2n ** 63n - 1n;

/** What a tagged item means; undefined: such a tag has no meaning here. */
export type ReadTag = (tag: number, content: unknown) => unknown;

const noTags: ReadTag = () => undefined;

export class CborReader {
  readonly #bytes: Uint8Array;
  readonly #readTag: ReadTag;
  #at = 0;
  #depth = 0;
  #isCanonical = true;

  /** Nothing that is read shares memory with `bytes`. */
  constructor(bytes: Uint8Array, readTag: ReadTag = noTags) {
    // On plain bytes: slices of a Buffer are Buffers, and share its memory.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#readTag = readTag;
  }

  /** True while all that was read could have been written like this only. */
  get isCanonical(): boolean {
    return this.#isCanonical;
  }

  /** The one item that the bytes are. Throws `cbor/malformed`. */
  only(): unknown {
    const value = this.#item();
    if (this.#at < this.#bytes.length) throw malformed('bytes after the end');
    return value;
  }

  #item(): unknown {
    const first = this.#next();
    const argument = first & 0x1f;
    switch (first & 0xe0) {
      case major.unsigned:
        return this.#integer(argument, false);
      case major.negative:
        return this.#integer(argument, true);
      case major.bytes:
        return this.#slice(this.#length(argument));
      case major.text:
        return this.#text(this.#length(argument));
      case major.array:
        return this.#array(this.#length(argument));
      case major.map:
        return this.#map(this.#length(argument));
      case major.tag:
        return this.#tagged(this.#short(argument));
      default:
        return this.#simple(first);
    }
  }

  #next(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw malformed('the end is missing');
    this.#at += 1;
    return byte;
  }

  /** Big-endian. */
  #number(size: number): number {
    let value = 0;
    for (let index = 0; index < size; index++) value = value * 256 + this.#next();
    return value;
  }

  /** The argument of a head up to 32 bits; -1: it has 64. Longer than need be is malformed. */
  #short(argument: number): number {
    if (argument < 24) return argument;
    if (argument > 27) throw malformed('an indefinite or reserved length');
    if (argument === 27) return -1;
    const size = 1 << (argument - 24);
    const value = this.#number(size);
    if (value < (size === 1 ? 24 : 2 ** (4 * size))) throw malformed('an integer longer than it need be');
    return value;
  }

  /** How many bytes, items, entries follow: never more than there are bytes left, which also bounds what is reserved. */
  #length(argument: number): number {
    const length = this.#short(argument);
    if (length < 0 || length > this.#bytes.length - this.#at) throw malformed('longer than all there is');
    return length;
  }

  #integer(argument: number, isNegative: boolean): number | bigint {
    const small = this.#short(argument);
    if (small >= 0) return isNegative ? -1 - small : small;
    const high = this.#number(4);
    const low = this.#number(4);
    if (high === 0) throw malformed('an integer longer than it need be');
    const value = high * 2 ** 32 + low;
    // -1 - value is safe as well only if value is below the highest safe integer.
    if (value < Number.MAX_SAFE_INTEGER) return isNegative ? -1 - value : value;
    const wide = (BigInt(high) << 32n) + BigInt(low);
    const integer = isNegative ? -1n - wide : wide;
    if (integer < minInteger || integer > maxInteger) throw malformed('integer outside 64 bits');
    return integer === BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : integer;
  }

  #slice(length: number): Uint8Array {
    const start = this.#at;
    this.#at += length;
    return this.#bytes.slice(start, this.#at);
  }

  #text(length: number): string {
    const start = this.#at;
    const end = start + length;
    this.#at = end;
    if (length <= shortText) {
      let text = '';
      let at = start;
      for (; at < end; at++) {
        const letter = this.#bytes[at] ?? 0;
        if (letter > 0x7f) break;
        text += String.fromCharCode(letter);
      }
      if (at === end) return text;
    }
    const bytes = this.#bytes.subarray(start, end);
    const text = decoder.decode(bytes);
    // What is no UTF-8, and a byte order mark, does not come back.
    if (!equalBytes(encoder.encode(text), bytes)) this.#isCanonical = false;
    return text;
  }

  #array(length: number): readonly unknown[] {
    this.#enter();
    const items: unknown[] = [];
    for (let index = 0; index < length; index++) items.push(this.#item());
    this.#depth -= 1;
    return items;
  }

  #map(length: number): object {
    this.#enter();
    const entries: Record<string, unknown> = {};
    let [before, beforeEnd] = [-1, -1];
    for (let index = 0; index < length; index++) {
      const start = this.#at;
      const type = (this.#bytes[start] ?? 0) & 0xe0;
      if (type !== major.text) throw malformed('a key that is no text');
      const key = this.#text(this.#length(this.#next() & 0x1f));
      if (before >= 0 && !this.#isAscending(before, beforeEnd, start, this.#at)) this.#isCanonical = false;
      // In order means once; out of it one may come again anywhere.
      if (!this.#isCanonical && Object.hasOwn(entries, key)) throw malformed('a key that comes twice');
      [before, beforeEnd] = [start, this.#at];
      const value = this.#item();
      if (key === '__proto__') Object.defineProperty(entries, key, { value, ...plainProperty });
      else entries[key] = value;
    }
    this.#depth -= 1;
    return entries;
  }

  /** Whether the bytes of one key come before those of the next one. */
  #isAscending(left: number, leftEnd: number, right: number, rightEnd: number): boolean {
    for (let offset = 0; left + offset < leftEnd && right + offset < rightEnd; offset++) {
      const difference = (this.#bytes[left + offset] ?? 0) - (this.#bytes[right + offset] ?? 0);
      if (difference !== 0) return difference < 0;
    }
    return leftEnd - left < rightEnd - right;
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw malformed(`${maxDepth} levels at most`);
  }

  #tagged(tag: number): unknown {
    this.#enter();
    const value = this.#readTag(tag, this.#item());
    this.#depth -= 1;
    if (value === undefined) throw malformed(`tag ${tag}`);
    return value;
  }

  #simple(first: number): boolean | null {
    if (first === simple.false) return false;
    if (first === simple.true) return true;
    if (first === simple.null) return null;
    throw malformed('a float, undefined or another simple value');
  }
}

/** Assigning it would set the object's prototype. */
const plainProperty = { configurable: true, enumerable: true, writable: true } as const;
