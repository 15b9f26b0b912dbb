/**
 * Canonical encoding: RFC 8949 section 4.2.1 (core deterministic encoding) restricted to what records use:
 * integers of 64 bits, byte strings, text, arrays, maps with text keys, booleans, null. No floats, no tags.
 * Decoding refuses everything that `encode` would not have produced, so one value has exactly one encoding.
 */
import { decode as cborgDecode, encode as cborgEncode, rfc8949EncodeOptions, Tokenizer, Type } from 'cborg';
import { equalBytes } from './bytes.ts';
import { AppError } from './errors.ts';

const minInteger = -(2n ** 63n);
const maxInteger = 2n ** 63n - 1n;

/**
 * Arrays and maps in each other, at most this deep; a quorum of 8 levels takes 25. Whether deeper ones can be read depends
 * on the stack that is left, which differs between replicas; what is valid must not.
 */
const maxDepth = 32;

/** Each encoder only refuses; `null` hands the value on to the library's own encoder. */
const typeEncoders = {
  number(value: number): null {
    if (!Number.isSafeInteger(value)) throw new AppError('cbor/malformed', 'a number must be a safe integer');
    return null;
  },
  bigint(value: bigint): null {
    if (value < minInteger || value > maxInteger) throw new AppError('cbor/malformed', 'integer outside 64 bits');
    return null;
  },
  undefined(): never {
    throw new AppError('cbor/malformed', 'undefined has no encoding');
  },
};

const encodeOptions = { ...rfc8949EncodeOptions, typeEncoders, ignoreUndefinedProperties: true };

const decodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: true,
  allowInfinity: false,
  allowNaN: false,
  rejectDuplicateMapKeys: true,
};

/** The library's tokens, but for the one that opens a level too many. */
function shallowTokens(bytes: Uint8Array) {
  // On plain bytes, as the library would: slices of a Buffer are Buffers.
  const tokens = new Tokenizer(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), decodeOptions);
  /** For each open array or map: the items that it still lacks. */
  const lacking: number[] = [];
  return {
    pos: () => tokens.pos(),
    done: () => tokens.done(),
    next() {
      const token = tokens.next();
      if (lacking.length > 0) lacking.push((lacking.pop() ?? 0) - 1);
      if (token.type === Type.array) lacking.push(token.value);
      if (token.type === Type.map) lacking.push(2 * token.value);
      if (lacking.length > maxDepth) throw new AppError('cbor/malformed', `${maxDepth} levels at most`);
      while (lacking.at(-1) === 0) lacking.pop();
      return token;
    },
  };
}

/** The canonical bytes of a value; map entries that are `undefined` are left out. Throws `cbor/malformed`. */
export function encode(value: unknown): Uint8Array {
  try {
    return cborgEncode(value, encodeOptions);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('cbor/malformed', cause instanceof Error ? cause.message : '', { cause });
  }
}

/**
 * The value of canonical bytes. Integers above 2^53 come back as bigint, smaller ones as number.
 * Throws `cbor/malformed` or `cbor/not-canonical`.
 */
export function decode(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = cborgDecode(bytes, { ...decodeOptions, tokenizer: shallowTokens(bytes) });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('cbor/malformed', cause instanceof Error ? cause.message : '', { cause });
  }
  if (!equalBytes(encode(value), bytes)) throw new AppError('cbor/not-canonical');
  return value;
}
