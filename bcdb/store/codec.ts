/**
 * State objects as bytes: what `versions` keeps and what the execution hash covers. Core deterministic CBOR in which
 * every bigint, however small, is a bignum (RFC 8949 section 3.4.3), so that money comes back as bigint.
 * For our own database and hash only; records use core/cbor.
 */
import { fromHex, toHex } from '../../core/bytes.ts';
import { CborReader, type ReadTag } from '../../core/cbor-reader.ts';
import { CborWriter, major } from '../../core/cbor-writer.ts';
import type { Objects, StateKind } from '../state.ts';

const positiveTag = 2;
const negativeTag = 3;

/** Big-endian bytes without leading zeros; zero is no bytes at all. */
function bytesOfSize(size: bigint): Uint8Array {
  if (size === 0n) return new Uint8Array(0);
  const hex = size.toString(16);
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}

const sizeOf = (bytes: Uint8Array): bigint => (bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`));

function writeBignum(writer: CborWriter, value: bigint): void {
  const isNegative = value < 0n;
  writer.head(major.tag, isNegative ? negativeTag : positiveTag);
  writer.bytes(bytesOfSize(isNegative ? -1n - value : value));
}

const readBignum: ReadTag = (tag, content) => {
  if (!(content instanceof Uint8Array)) return undefined;
  if (tag === positiveTag) return sizeOf(content);
  return tag === negativeTag ? -1n - sizeOf(content) : undefined;
};

/** The one encoding of a state object. */
export function encodeObject(value: unknown): Uint8Array {
  const writer = new CborWriter(writeBignum);
  writer.value(value);
  return writer.finish();
}

/** The other side of `encodeObject`; `kind` names the type, the bytes are our own and trusted. */
export const decodeObject = <K extends StateKind>(_kind: K, bytes: Uint8Array): Objects[K] =>
  new CborReader(bytes, readBignum).only() as Objects[K];

/** Plain data for people: bytes as hex, all else as it is. */
export function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, readable(inner)]));
}
