/**
 * 32-byte ids and their rows: rows are given out in order and never taken back. Bytes in one array and an open hash
 * table beside it, because a million strings would take ten times the room.
 */

import { randomBytes } from 'node:crypto';

const width = 32;

export class IdTable {
  #bytes = new Uint8Array(1024 * width);
  /** Row + 1 by the first bytes of the id, 0 for empty; twice as many places as rows at least. */
  #places = new Int32Array(2048);
  /** Whoever makes keys must not be able to choose where they fall. */
  readonly #salt: number;
  #rows = 0;

  constructor() {
    this.#salt = randomBytes(4).readUInt32LE();
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes.byteLength + this.#places.byteLength;
  }

  /** Room for this many rows. */
  reserve(rows: number): void {
    if (rows * width > this.#bytes.length) {
      const grown = new Uint8Array(rows * width);
      grown.set(this.#bytes.subarray(0, this.#rows * width));
      this.#bytes = grown;
    }
    let places = this.#places.length;
    while (places < rows * 2) places *= 2;
    if (places === this.#places.length) return;
    this.#places = new Int32Array(places);
    for (let row = 0; row < this.#rows; row++) this.#places[this.#placeOf(this.bytesOf(row))] = row + 1;
  }

  bytesOf(row: number): Uint8Array {
    return this.#bytes.subarray(row * width, (row + 1) * width);
  }

  hexOf(row: number): string {
    return Buffer.from(this.#bytes.buffer, row * width, width).toString('hex');
  }

  /** The first 48 bits: orders ids by numbers. */
  prefixOf(row: number): number {
    const at = row * width;
    const bytes = this.#bytes;
    const byte = (offset: number): number => bytes[at + offset] ?? 0;
    const high = (byte(0) << 16) | (byte(1) << 8) | byte(2);
    return high * 2 ** 24 + ((byte(3) << 16) | (byte(4) << 8) | byte(5));
  }

  /** Undefined for an id that is not there, and for what is no id. */
  find(hex: string): number | undefined {
    if (hex.length !== 2 * width) return undefined;
    const place = this.#places[this.#placeOf(Buffer.from(hex, 'hex'))] ?? 0;
    return place === 0 ? undefined : place - 1;
  }

  /** The row of an id, a new one if need be. */
  add(hex: string): number {
    if (this.#rows * width >= this.#bytes.length) this.reserve(this.#rows * 2);
    const id = Buffer.from(hex, 'hex');
    const place = this.#placeOf(id);
    const known = this.#places[place] ?? 0;
    if (known !== 0) return known - 1;
    const row = this.#rows++;
    this.#bytes.set(id, row * width);
    this.#places[place] = row + 1;
    return row;
  }

  /** Negative when the id of `a` comes before that of `b`. */
  compare(a: number, b: number): number {
    return Buffer.compare(this.bytesOf(a), this.bytesOf(b));
  }

  #placeOf(id: Uint8Array): number {
    const mask = this.#places.length - 1;
    const word = (at: number): number =>
      ((id[at] ?? 0) << 24) | ((id[at + 1] ?? 0) << 16) | ((id[at + 2] ?? 0) << 8) | (id[at + 3] ?? 0);
    const mixed = Math.imul(Math.imul(word(0) ^ this.#salt, 0x9e3779b1) ^ word(4), 0x85ebca6b);
    let place = (mixed ^ (mixed >>> 15)) & mask;
    for (;;) {
      const row = this.#places[place] ?? 0;
      if (row === 0 || this.#isAt(row - 1, id)) return place;
      place = (place + 1) & mask;
    }
  }

  #isAt(row: number, id: Uint8Array): boolean {
    for (let at = 0; at < width; at++) if (this.#bytes[row * width + at] !== id[at]) return false;
    return true;
  }
}
