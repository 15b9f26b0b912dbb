/**
 * The record: canonical CBOR of `{v, grid, kind, author, seq, prev, body}` and an ed25519 signature over it.
 * `grid` and `kind` inside the signed bytes make a signature useless anywhere else; `seq` and `prev` chain the
 * author's records. On the wire a record is canonical CBOR of `[signedBytes, signature]`. Pure.
 */
import * as v from 'valibot';
import { type Bodies, bodySchemas, isRecordKind, quickTransfer, type RecordKind } from './bodies.ts';
import { type Sha256, sha256, zero32 } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import { AppError } from './errors.ts';
import type { PublicKey, Verify } from './keys.ts';
import { anyBytes, hash32, integer, key32, parse, signature64 } from './schema.ts';

/** The envelope version that this code writes and reads. */
const recordVersion = 1;

const kindPattern = /^[a-z][a-z-]{0,31}$/;

const wireSchema = v.strictTuple([anyBytes, signature64]);
/** What an envelope is; `decodeRecord` answers as this does. */
export const envelopeSchema = v.strictObject({
  v: integer(1),
  grid: hash32,
  kind: v.pipe(v.string(), v.regex(kindPattern)),
  author: key32,
  seq: integer(1),
  prev: hash32,
  body: v.record(v.string(), v.unknown()),
});

type EnvelopeFields = v.InferOutput<typeof envelopeSchema>;

/** Names that the schema drops from a body, because every object has them. */
const droppedNames: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

const isBytes = (value: unknown, length: number): boolean => value instanceof Uint8Array && value.length === length;
const isPositive = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

/** A quick yes, for what the schema takes as it is; whatever is not sure here, the schema decides, and says why. */
function isEnvelope(value: unknown): value is EnvelopeFields {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 7) return false;
  const {
    v: version,
    grid,
    kind,
    author,
    seq,
    prev,
    body,
  } = value as { readonly [K in keyof EnvelopeFields]: unknown };
  return (
    isPositive(version) &&
    isBytes(grid, 32) &&
    typeof kind === 'string' &&
    kindPattern.test(kind) &&
    isBytes(author, 32) &&
    isPositive(seq) &&
    isBytes(prev, 32) &&
    typeof body === 'object' &&
    body !== null &&
    !(body instanceof Uint8Array) &&
    !Array.isArray(body) &&
    !Object.keys(body).some((name) => droppedNames.has(name))
  );
}

const isWire = (value: unknown): value is [Uint8Array, Uint8Array] =>
  Array.isArray(value) && value.length === 2 && value[0] instanceof Uint8Array && isBytes(value[1], 64);

/** An envelope whose body has not been looked at: all that is needed to check signature, order and grid. */
export type Envelope = EnvelopeFields & {
  /** SHA-256 of the signed bytes. */
  readonly id: Uint8Array;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
  /** The whole record as it travels. */
  readonly bytes: Uint8Array;
};

/** The signed part of a new record. */
export type Draft<K extends RecordKind = RecordKind> = {
  readonly grid: Uint8Array;
  readonly kind: K;
  readonly author: PublicKey;
  /** 1 for an author's first record. */
  readonly seq: number;
  /** Id of the author's record before, or 32 zero bytes. */
  readonly prev: Uint8Array;
  readonly body: Bodies[K];
};

/** The bytes to sign. Throws the kind's code when the body is not of its shape, so nothing wrong is ever signed. */
export function draftBytes<K extends RecordKind>(draft: Draft<K>): Uint8Array {
  const body = parse(bodySchemas[draft.kind], draft.body, 'record/malformed');
  return encode({ v: recordVersion, ...draft, body });
}

/** Joins signed bytes and signature to the record as it travels. */
export const sealRecord = (signedBytes: Uint8Array, signature: Uint8Array): Uint8Array =>
  encode([signedBytes, signature]);

/** Id of a record by its signed bytes. */
export const recordId: Sha256 = (signedBytes) => sha256(signedBytes);

/** Parses the envelope of signed bytes (a review shows these before a signature exists). */
export function decodeSigned(signedBytes: Uint8Array, hash: Sha256 = recordId): Omit<Envelope, 'signature' | 'bytes'> {
  const value = decode(signedBytes);
  const envelope = isEnvelope(value) ? value : parse(envelopeSchema, value, 'record/malformed');
  if (envelope.v > recordVersion) throw new AppError('record/future-version', `version ${envelope.v}`);
  return { ...envelope, id: hash(signedBytes), signedBytes };
}

/** Parses a record as it travels; checks neither signature nor body. Throws `cbor/*`, `record/malformed`, `record/future-version`. */
export function decodeRecord(bytes: Uint8Array, hash: Sha256 = recordId): Envelope {
  const value = decode(bytes);
  const [signedBytes, signature] = isWire(value) ? value : parse(wireSchema, value, 'record/malformed');
  return { ...decodeSigned(signedBytes, hash), signature, bytes };
}

/** Throws `record/wrong-grid` or `record/bad-signature`. A genesis has 32 zero bytes for its grid. */
export function checkEnvelope(envelope: Envelope, grid: Uint8Array, verify: Verify): void {
  const expected = envelope.kind === 'genesis' ? zero32 : grid;
  if (!expected.every((byte, index) => byte === envelope.grid[index])) throw new AppError('record/wrong-grid');
  if (!verify(envelope.signature, envelope.signedBytes, envelope.author)) throw new AppError('record/bad-signature');
}

/** A record whose kind and body are known: the union that rules switch over. */
export type TypedRecord = { readonly [K in RecordKind]: { readonly kind: K; readonly body: Bodies[K] } }[RecordKind];

/** Parses the body by its kind. Throws `record/unknown-kind` or `record/malformed` naming the field. */
export function parseBody(envelope: Pick<Envelope, 'kind' | 'body'>): TypedRecord {
  const { kind } = envelope;
  const transfer = kind === 'transfer' ? quickTransfer(envelope.body) : undefined;
  if (transfer !== undefined) return { kind: 'transfer', body: transfer };
  if (!isRecordKind(kind)) throw new AppError('record/unknown-kind', kind);
  return { kind, body: parse(bodySchemas[kind], envelope.body, 'record/malformed') } as TypedRecord;
}
