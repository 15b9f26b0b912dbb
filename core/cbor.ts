/**
 * Canonical encoding: RFC 8949 section 4.2.1 (core deterministic encoding) restricted to what records use:
 * integers of 64 bits, byte strings, text, arrays, maps with text keys, booleans, null. No floats, no tags.
 * Decoding refuses everything that `encode` would not have produced, so one value has exactly one encoding.
 */
import { CborReader } from './cbor-reader.ts';
import { CborWriter, major, malformed } from './cbor-writer.ts';
import { AppError } from './errors.ts';

const minInteger = -(2n ** 63n);
const maxInteger = 2n ** 63n - 1n;

/** The same bytes that a number of this value has. */
function writeInteger(writer: CborWriter, value: bigint): void {
  if (value < minInteger || value > maxInteger) throw malformed('integer outside 64 bits');
  const [type, argument] = value < 0n ? [major.negative, -1n - value] : [major.unsigned, value];
  if (argument <= Number.MAX_SAFE_INTEGER) writer.head(type, Number(argument));
  else writer.wideHead(type, argument);
}

/** The canonical bytes of a value; map entries that are `undefined` are left out. Throws `cbor/malformed`. */
export function encode(value: unknown): Uint8Array {
  const writer = new CborWriter(writeInteger);
  try {
    writer.value(value);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    // What holds itself, or is deeper than the stack.
    throw new AppError('cbor/malformed', cause instanceof Error ? cause.message : '', { cause });
  }
  return writer.finish();
}

/**
 * The value of canonical bytes. Integers above 2^53 come back as bigint, smaller ones as number.
 * Throws `cbor/malformed` or `cbor/not-canonical`.
 */
export function decode(bytes: Uint8Array): unknown {
  const reader = new CborReader(bytes);
  const value = reader.only();
  if (!reader.isCanonical) throw new AppError('cbor/not-canonical');
  return value;
}
