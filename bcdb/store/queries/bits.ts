/**
 * Sets of rows as bitmaps: row r is bit r % 32 of word r / 32. Flat loops over whole words, because they run over every
 * row of a grid. All bitmaps of one index have the same length. Pure.
 */

export type Bits = Uint32Array;

/** Words that hold `rows` bits. */
export const wordsFor = (rows: number): number => (rows + 31) >>> 5;

/** How many bits of a word are set. */
export function bitsIn(word: number): number {
  let sum = word - ((word >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** How many bits of three words are set: a full adder first makes two words of them, ones and twos. */
export function bitsInThree(a: number, b: number, c: number): number {
  const odd = a ^ b;
  const ones = odd ^ c;
  const twos = (a & b) | (odd & c);
  let sum = (ones & 0x55555555) + ((ones >>> 1) & 0x55555555);
  let double = (twos & 0x55555555) + ((twos >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  double = (double & 0x33333333) + ((double >>> 2) & 0x33333333);
  sum += double << 1;
  return Math.imul((sum & 0x0f0f0f0f) + ((sum >>> 4) & 0x0f0f0f0f), 0x01010101) >>> 24;
}

/** Size of a set. */
export function countOf(bits: Bits): number {
  let count = 0;
  for (let at = 0; at < bits.length; at++) {
    const word = bits[at] ?? 0;
    if (word !== 0) count += bitsIn(word);
  }
  return count;
}

/** How many of `a` are in `b`, or (`isIn` false) are not; any number above `most` when there are more than `most`. */
export function countUpTo(a: Bits, b: Bits, isIn: boolean, most: number): number {
  const flip = isIn ? 0 : -1;
  let count = 0;
  for (let at = 0; at < a.length && count <= most; at++) {
    const word = (a[at] ?? 0) & ((b[at] ?? 0) ^ flip);
    if (word !== 0) count += bitsIn(word);
  }
  return count;
}

export const isIn = (bits: Bits, row: number): boolean => (((bits[row >>> 5] ?? 0) >>> (row & 31)) & 1) === 1;

export function addTo(bits: Bits, row: number): void {
  bits[row >>> 5] = (bits[row >>> 5] ?? 0) | (1 << (row & 31));
}

export function removeFrom(bits: Bits, row: number): void {
  bits[row >>> 5] = (bits[row >>> 5] ?? 0) & ~(1 << (row & 31));
}

/** The set of all rows below `rows`. */
export function fillAll(bits: Bits, rows: number): Bits {
  const whole = rows >>> 5;
  bits.fill(0xffffffff, 0, whole);
  bits.fill(0, whole);
  if ((rows & 31) !== 0) bits[whole] = 2 ** (rows & 31) - 1;
  return bits;
}

/** The set of all rows that are not below `rows`: what is only there because a word has 32 bits, and as room. */
export function fillRest(bits: Bits, rows: number): Bits {
  const whole = rows >>> 5;
  bits.fill(0, 0, whole);
  bits.fill(0xffffffff, whole);
  if ((rows & 31) !== 0) bits[whole] = ~(2 ** (rows & 31) - 1);
  return bits;
}

/** `into` = `a` without `b`. */
export function without(into: Bits, a: Bits, b: Bits): Bits {
  for (let at = 0; at < into.length; at++) into[at] = (a[at] ?? 0) & ~(b[at] ?? 0);
  return into;
}

/** Keeps in `into` what is in `other` too. */
export function keepIn(into: Bits, other: Bits): Bits {
  for (let at = 0; at < into.length; at++) into[at] = (into[at] ?? 0) & (other[at] ?? 0);
  return into;
}

/** Adds all of `other`. */
export function addAll(into: Bits, other: Bits): Bits {
  for (let at = 0; at < into.length; at++) into[at] = (into[at] ?? 0) | (other[at] ?? 0);
  return into;
}

/** Writes the rows of a set into `rows`, ascending, and returns how many there are. */
export function listRows(bits: Bits, rows: Uint32Array): number {
  let found = 0;
  for (let at = 0; at < bits.length; at++) {
    let word = bits[at] ?? 0;
    while (word !== 0) {
      const lowest = word & -word;
      rows[found++] = (at << 5) + 31 - Math.clz32(lowest);
      word ^= lowest;
    }
  }
  return found;
}
