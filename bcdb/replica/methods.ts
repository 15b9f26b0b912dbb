/** What peers of a grid may ask each other, how large that may be, and how `submit` is encoded. Pure. */
import * as v from 'valibot';
import { decode, encode } from '../../core/cbor.ts';
import { type ErrorCode, isErrorCode } from '../../core/errors.ts';
import { hostAndPort, type Invitation, mostNamed } from '../../core/invitation.ts';
import { anyBytes, hash32, key32, parse } from '../../core/schema.ts';
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
  /** Who are you all, and where: for who has only a code. */
  hello: { requestBytes: 64, answerBytes: 16 * kib },
  /** The record whose id is the grid's. */
  genesis: { requestBytes: 64, answerBytes: 1024 * kib },
  /** Between guardians, about the sequencer's epochs. */
  guardian: { requestBytes: 64 * kib, answerBytes: 64 * kib },
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

const named = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.maxLength(mostNamed));
const helloSchema = v.strictObject({
  say: v.literal('3bot/hello'),
  grid: hash32,
  feeds: named(key32),
  /** Noise keys of guardians. */
  peers: named(key32),
  bootstrap: named(hostAndPort),
});

/** What a peer tells whoever comes: as much as a long invitation. */
export type Hello = Omit<Invitation, 'gridStart' | 'grid'> & { readonly grid: Uint8Array };

export const encodeHello = ({ grid, feeds, peers, bootstrap }: Hello): Uint8Array =>
  encode({ say: '3bot/hello', grid, feeds, peers, bootstrap });

/** Throws `cbor/*` or `net/failed`. */
export function decodeHello(bytes: Uint8Array): Hello {
  const { say: _say, ...hello } = parse(helloSchema, decode(bytes), 'net/failed');
  return hello;
}
