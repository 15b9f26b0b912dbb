/** The small valibot schemas that records, documents and views share, and the one way to parse with them. Pure. */
import * as v from 'valibot';
import { AppError, type ErrorCode } from './errors.ts';
import { maxStroops } from './money.ts';

/** Bytes of any length, on any kind of buffer (`v.instance` would infer the narrow ArrayBuffer type). */
export const anyBytes = v.custom<Uint8Array>((value) => value instanceof Uint8Array, 'bytes');

/** Exactly `length` bytes. */
export const bytesOf = (length: number) =>
  v.pipe(
    anyBytes,
    v.check((bytes) => bytes.length === length, `${length} bytes`),
  );

export const key32 = bytesOf(32);
export const hash32 = bytesOf(32);
export const signature64 = bytesOf(64);

/**
 * Control (Cc), format (Cf: zero-width, bidi overrides, BOM), line and paragraph separators, lone surrogates, as of
 * Unicode 17. Written out: a property name means what the engine at hand knows, and all replicas must judge alike.
 */
const invisibleRanges =
  '0-1f 7f-9f ad 600-605 61c 6dd 70f 890-891 8e2 180e 200b-200f 2028-202e 2060-2064 2066-206f d800-dfff feff ' +
  'fff9-fffb 110bd 110cd 13430-1343f 1bca0-1bca3 1d173-1d17a e0001 e0020-e007f';
const invisible = new RegExp(`[${invisibleRanges.replaceAll(/[0-9a-f]+/g, '\\u{$&}').replaceAll(' ', '')}]`, 'u');

/** Plain text of at most `most` characters without anything that hides or reorders what is shown (G14). */
export const text = (most: number, least = 0) =>
  v.pipe(
    v.string(),
    v.minLength(least),
    v.maxLength(most),
    v.check((value) => !invisible.test(value), 'no invisible characters'),
  );

/** An integer from `least` to `most`, both safe. */
export const integer = (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most));

/** A time: milliseconds since 1970, at most the year 9999. */
export const timeMs = integer(0, 253_402_300_799_999);

/** An amount in stroops. CBOR gives small integers as numbers; inside they are always bigint. */
export const stroops = v.pipe(
  v.union([v.bigint(), v.pipe(v.number(), v.safeInteger())]),
  v.transform((value) => BigInt(value)),
  v.minValue(0n),
  v.maxValue(maxStroops),
);

export const positiveStroops = v.pipe(stroops, v.minValue(1n));

export const capacitySchema = v.strictObject({
  cruMilli: integer(0, 10_000_000),
  mruBytes: integer(0),
  sruBytes: integer(0),
  hruBytes: integer(0),
});

export const pricesSchema = v.strictObject({ cuHourStroops: stroops, suHourStroops: stroops });

/** Parses `value` or throws `code` with the path and reason of the first issue; never echoes the value. */
export function parse<const S extends v.GenericSchema>(schema: S, value: unknown, code: ErrorCode): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue) ?? '';
  throw new AppError(code, path === '' ? issue.type : `${path}: ${issue.type}`);
}
