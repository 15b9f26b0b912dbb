/**
 * Writes core deterministic CBOR (RFC 8949 section 4.2.1) of plain values. Ours, because encoding and decoding are what a
 * replica does most after verifying, and a library made for every CBOR costs several times as much. Knows nothing of
 * records; which integers there are is the caller's choice.
 */
import { compareBytes } from './bytes.ts';
import { AppError } from './errors.ts';

/** The upper three bits of an item's first byte (RFC 8949 section 3.1). */
export const major = {
  unsigned: 0x00,
  negative: 0x20,
  bytes: 0x40,
  text: 0x60,
  array: 0x80,
  map: 0xa0,
  tag: 0xc0,
} as const;
/** Simple values (section 3.3). */
export const simple = { false: 0xf4, true: 0xf5, null: 0xf6 } as const;

const utf8 = new TextEncoder();
const firstSize = 256;

export const malformed = (detail: string): AppError => new AppError('cbor/malformed', detail);

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** The order of map keys: that of their encodings, in which the length stands first. */
function compareKeys(a: string, b: string): number {
  if (isAscii(a) && isAscii(b)) return a.length - b.length || (a < b ? -1 : 1);
  const [left, right] = [utf8.encode(a), utf8.encode(b)];
  return left.length - right.length || compareBytes(left, right);
}

export class CborWriter {
  #bytes = new Uint8Array(firstSize);
  #at = 0;
  readonly #writeBigint: (writer: CborWriter, value: bigint) => void;

  constructor(writeBigint: (writer: CborWriter, value: bigint) => void) {
    this.#writeBigint = writeBigint;
  }

  /** What was written so far, as bytes of their own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  /** Throws `cbor/malformed` for what has no encoding here. */
  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.#text(value);
        return;
      case 'number':
        this.#number(value);
        return;
      case 'bigint':
        this.#writeBigint(this, value);
        return;
      case 'boolean':
        this.#byte(value ? simple.true : simple.false);
        return;
      case 'object':
        this.#object(value);
        return;
      default:
        throw malformed(`${typeof value} has no encoding`);
    }
  }

  /** First byte and argument (section 3), in as few bytes as it takes. `argument`: 0 to 2^53 - 1. */
  head(type: number, argument: number): void {
    this.#reserve(9);
    const bytes = this.#bytes;
    if (argument < 24) {
      bytes[this.#at++] = type | argument;
    } else if (argument < 2 ** 8) {
      bytes[this.#at++] = type | 24;
      bytes[this.#at++] = argument;
    } else if (argument < 2 ** 16) {
      bytes[this.#at++] = type | 25;
      bytes[this.#at++] = argument >>> 8;
      bytes[this.#at++] = argument;
    } else if (argument < 2 ** 32) {
      bytes[this.#at++] = type | 26;
      this.#word(argument);
    } else {
      bytes[this.#at++] = type | 27;
      this.#word(Math.floor(argument / 2 ** 32));
      this.#word(argument % 2 ** 32);
    }
  }

  /** The same for an argument above 2^53 - 1 and below 2^64. */
  wideHead(type: number, argument: bigint): void {
    this.#reserve(9);
    this.#bytes[this.#at++] = type | 27;
    this.#word(Number(argument >> 32n));
    this.#word(Number(argument & 0xffffffffn));
  }

  bytes(value: Uint8Array): void {
    this.head(major.bytes, value.length);
    this.#raw(value);
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value)) throw malformed('a number must be a safe integer');
    if (value < 0) this.head(major.negative, -1 - value);
    else this.head(major.unsigned, value);
  }

  #object(value: object | null): void {
    if (value === null) this.#byte(simple.null);
    else if (value instanceof Uint8Array) this.bytes(value);
    else if (Array.isArray(value)) this.#array(value);
    else if (isPlain(value)) this.#map(value as Readonly<Record<string, unknown>>);
    else throw malformed('only plain objects have an encoding');
  }

  #array(items: readonly unknown[]): void {
    this.head(major.array, items.length);
    for (let index = 0; index < items.length; index++) this.value(items[index]);
  }

  #map(entries: Readonly<Record<string, unknown>>): void {
    const keys = Object.keys(entries).filter((key) => entries[key] !== undefined);
    keys.sort(compareKeys);
    this.head(major.map, keys.length);
    for (const key of keys) {
      this.#text(key);
      this.value(entries[key]);
    }
  }

  #text(text: string): void {
    if (text.length >= firstSize || !isAscii(text)) {
      const encoded = utf8.encode(text);
      this.head(major.text, encoded.length);
      this.#raw(encoded);
      return;
    }
    this.head(major.text, text.length);
    this.#reserve(text.length);
    // Short ASCII, as nearly all text is: a call to the platform's encoder costs more than the letters.
    for (let index = 0; index < text.length; index++) this.#bytes[this.#at++] = text.charCodeAt(index);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = byte;
  }

  /** Four bytes, big-endian; room was reserved. */
  #word(value: number): void {
    this.#bytes[this.#at++] = value >>> 24;
    this.#bytes[this.#at++] = value >>> 16;
    this.#bytes[this.#at++] = value >>> 8;
    this.#bytes[this.#at++] = value;
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(more: number): void {
    const needed = this.#at + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }
}
