// Reads the canonical CBOR of records and proofs (docs/BCDB.md, "Canonical CBOR") and refuses every other encoding, so
// that a value has one spelling. Written from that text alone: nothing of the app is used here.

/** @typedef {null | boolean | number | bigint | string | Uint8Array | CborArray | Map<string, unknown>} Value */
/** @typedef {readonly unknown[]} CborArray */

const deepest = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const bom = '\ufeff';

/**
 * The value of canonical bytes: maps as Map, integers as number where that is exact. Throws Error on anything else.
 * @param {Uint8Array} bytes
 * @returns {Value}
 */
export function readCbor(bytes) {
  let at = 0;

  /** @param {string} why @returns {never} */
  const fail = (why) => {
    throw new Error(`cbor: ${why} at byte ${at}`);
  };

  /** @param {number} length */
  const take = (length) => {
    if (length > bytes.length - at) fail('cut short');
    at += length;
    return bytes.subarray(at - length, at);
  };

  /** The argument of an initial byte, in its shortest form. @param {number} info @returns {bigint} */
  const argument = (info) => {
    if (info < 24) return BigInt(info);
    if (info > 27) fail('indefinite or reserved length');
    const width = 2 ** (info - 24);
    const value = take(width).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const least = width === 1 ? 24n : 2n ** BigInt(width * 4);
    return value < least ? fail('not the shortest form') : value;
  };

  /** @param {bigint} value */
  const integer = (value) => {
    if (value >= 2n ** 63n || value < -(2n ** 63n)) fail('integer outside 64 bits');
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  };

  /** @param {bigint} length */
  const text = (length) => {
    const value = utf8.decode(take(Number(length)));
    return value.startsWith(bom) ? fail('text with a byte order mark') : value;
  };

  /** @param {bigint} count @param {number} depth */
  const map = (count, depth) => {
    const entries = new Map();
    /** @type {Uint8Array | undefined} */
    let last;
    for (let left = count; left > 0n; left--) {
      const start = at;
      const key = read(depth);
      if (typeof key !== 'string') fail('a key that is no text');
      const encoded = bytes.subarray(start, at);
      if (last !== undefined && Buffer.compare(last, encoded) >= 0) fail('keys out of order');
      last = encoded;
      entries.set(key, read(depth));
    }
    return entries;
  };

  /** @param {bigint} count @param {number} depth */
  const array = (count, depth) => {
    const items = [];
    for (let left = count; left > 0n; left--) items.push(read(depth));
    return items;
  };

  /** @param {number} depth @returns {Value} */
  const read = (depth) => {
    const first = take(1)[0] ?? 0;
    const [major, info] = [first >> 5, first & 31];
    if (major === 7)
      return info === 20 ? false : info === 21 ? true : info === 22 ? null : fail('a simple value or float');
    const value = argument(info);
    if (major === 0) return integer(value);
    if (major === 1) return integer(-1n - value);
    if (major === 2) return take(Number(value));
    if (major === 3) return text(value);
    if (major === 6) fail('a tag');
    if (depth === deepest) fail(`more than ${deepest} levels`);
    return major === 4 ? array(value, depth + 1) : map(value, depth + 1);
  };

  const value = read(0);
  return at === bytes.length ? value : fail('bytes left over');
}

/** The canonical bytes of a head: major type and argument in its shortest form. @param {number} major @param {number} argument */
export function cborHead(major, argument) {
  if (argument < 24) return Uint8Array.of((major << 5) | argument);
  const width = argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8;
  const wide = Buffer.alloc(8);
  wide.writeBigUInt64BE(BigInt(argument));
  return Buffer.concat([Uint8Array.of((major << 5) | (24 + Math.log2(width))), wide.subarray(8 - width)]);
}

/** @param {string} value */
export function cborText(value) {
  const text = Buffer.from(value, 'utf8');
  return Buffer.concat([cborHead(3, text.length), text]);
}

/** @param {Uint8Array} value */
export const cborBytes = (value) => Buffer.concat([cborHead(2, value.length), value]);
