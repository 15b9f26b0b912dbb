/** What peers of a grid may ask each other, how large that may be, and how `submit` is encoded. Pure. */
import * as v from 'valibot';
import { decode, encode } from '../../core/cbor.ts';
import { type ErrorCode, isErrorCode } from '../../core/errors.ts';
import { anyBytes, parse } from '../../core/schema.ts';
import { maxBodyBytes } from '../../core/workload-http.ts';
import { maxBlockBytes, type NetMethods } from '../net/protocol.ts';
import type { PeerMethod } from '../replica-api.ts';

const kib = 1024;

/** Records of one `submit` together, and the most that a policy allows for a single one. */
export const submitBytes = 512 * kib;
export const submitRecords = 256;

export const methods = {
  submit: { requestBytes: submitBytes + 64 * kib, answerBytes: 64 * kib },
  head: { requestBytes: 64, answerBytes: 16 * kib },
  snapshot: { requestBytes: 256, answerBytes: 4 * 1024 * kib },
  blocks: { requestBytes: 16, answerBytes: maxBlockBytes },
  message: { requestBytes: 256 * kib, answerBytes: 64 * kib },
  'workload-http': { requestBytes: 64 * kib, answerBytes: maxBodyBytes + 64 * kib },
} as const satisfies NetMethods & Record<PeerMethod, unknown>;

const recordsSchema = v.pipe(v.array(anyBytes), v.maxLength(submitRecords));
const answersSchema = v.array(v.nullable(v.string()));

export const encodeSubmit = (records: readonly Uint8Array[]): Uint8Array => encode(records);

/** Throws `cbor/*` or `net/refused`. */
export const decodeSubmit = (bytes: Uint8Array): readonly Uint8Array[] =>
  parse(recordsSchema, decode(bytes), 'net/refused');

/** One answer a record: null for accepted, or the code of the refusal. */
export const encodeSubmitAnswer = (answers: readonly (ErrorCode | null)[]): Uint8Array => encode(answers);

/** Throws `cbor/*` or `net/failed`; a code that we do not know is a refusal all the same. */
export const decodeSubmitAnswer = (bytes: Uint8Array): readonly (ErrorCode | null)[] =>
  parse(answersSchema, decode(bytes), 'net/failed').map((code) =>
    code === null || isErrorCode(code) ? code : 'net/refused',
  );
