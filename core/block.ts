/**
 * Blocks and certificates: a header commits to its records and their verdicts, to all headers before it, and to the
 * state after it; enough guardians' signatures over the header make it final (log-engine: certificate). Pure.
 */
import * as v from 'valibot';
import { type Sha256, sha256, toHex } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import { AppError, type ErrorCode } from './errors.ts';
import type { PublicKey, Verify } from './keys.ts';
import { leafHash, merkleRoot } from './merkle.ts';
import { anyBytes, hash32, integer, key32, parse, signature64, timeMs } from './schema.ts';

const headerSchema = v.strictObject({
  say: v.literal('3bot/header'),
  v: v.literal(1),
  grid: hash32,
  epoch: integer(0),
  height: integer(0),
  /** Hash of the header before; 32 zero bytes at height 0. */
  prev: hash32,
  timeMs,
  recordCount: integer(0),
  /** Merkle root over `recordLeaf` of each record in order. */
  recordsRoot: hash32,
  /** Merkle root over the hashes of all headers below this one. */
  historyRoot: hash32,
  /** Rolls over all verdicts and changed objects: two replicas with the same hash hold the same state. */
  execHash: hash32,
  /** Root over all current objects (docs/BCDB.md, "State tree"); only in some headers, so that a snapshot can be checked. */
  stateRoot: v.optional(hash32),
  /** Where the next block begins in the sequencer's stream of this epoch; absent where one guardian orders alone. */
  position: v.optional(integer(0)),
});

export type Header = Omit<v.InferOutput<typeof headerSchema>, 'say' | 'v'>;

export const encodeHeader = (header: Header): Uint8Array => encode({ say: '3bot/header', v: 1, ...header });

/** Throws `cbor/*` or `code`. */
export function decodeHeader(bytes: Uint8Array, code: ErrorCode = 'replica/bad-block'): Header {
  const { say: _say, v: _version, ...header } = parse(headerSchema, decode(bytes), code);
  return header;
}

export const headerHash = (headerBytes: Uint8Array): Uint8Array => sha256(headerBytes);

/** What the rules said of a record: done, or the code of the refusal. */
export type Verdict = 'ok' | ErrorCode;

/** Leaf of `recordsRoot`: the record and what became of it. */
export const recordLeaf = (id: Uint8Array, verdict: string, hash: Sha256 = sha256): Uint8Array =>
  leafHash(encode([id, verdict]), hash);

/** How many of `count` guardians make a header final: f = floor((n-1)/3), q = floor((n+f)/2)+1. */
export function certificateQuorum(count: number): number {
  const faulty = Math.floor((count - 1) / 3);
  return Math.floor((count + faulty) / 2) + 1;
}

/** `epoch`: in which a header was signed that an earlier epoch had proposed; absent: in the header's own. */
const signatureSchema = v.strictObject({
  guardian: key32,
  signature: signature64,
  epoch: v.optional(integer(1)),
});
export type HeaderSignature = v.InferOutput<typeof signatureSchema>;
export const certificateSchema = v.pipe(v.array(signatureSchema), v.maxLength(64));

/**
 * What a guardian signs to certify a header in `epoch`: its bytes, or, where an earlier epoch had proposed it, a statement
 * that names both. Signatures of different epochs must never add up: docs/adr/0011-two-steps.md.
 */
export function certifyBytes(headerBytes: Uint8Array, epoch: number): Uint8Array {
  const header = decodeHeader(headerBytes);
  if (epoch === header.epoch) return headerBytes;
  return encode({ say: '3bot/commit', v: 1, grid: header.grid, epoch, header: headerHash(headerBytes) });
}

/** A signature over `certifyBytes` as it stands in a certificate. */
export function signatureIn(
  headerBytes: Uint8Array,
  epoch: number,
  { guardian, signature }: HeaderSignature,
): HeaderSignature {
  return decodeHeader(headerBytes).epoch === epoch ? { guardian, signature } : { guardian, signature, epoch };
}

/** What all of a certificate's signatures are over. Throws `code` when they are of different epochs. */
function certifiedBytes(headerBytes: Uint8Array, certificate: readonly HeaderSignature[], code: ErrorCode): Uint8Array {
  const [epoch, ...others] = new Set(certificate.map((one) => one.epoch));
  if (others.length > 0) throw new AppError(code, 'signatures of different epochs');
  if (epoch === undefined) return headerBytes;
  if (epoch <= decodeHeader(headerBytes, code).epoch) throw new AppError(code, 'signed before it was proposed');
  return certifyBytes(headerBytes, epoch);
}

/** Throws `code` unless a quorum of different guardians signed exactly these header bytes, all in one epoch. */
export function checkCertificate(
  headerBytes: Uint8Array,
  certificate: readonly HeaderSignature[],
  guardians: readonly PublicKey[],
  verify: Verify,
  code: ErrorCode = 'replica/bad-certificate',
): void {
  const allowed = new Set(guardians.map(toHex));
  const message = certifiedBytes(headerBytes, certificate, code);
  const signed = new Set<string>();
  for (const { guardian, signature } of certificate) {
    const hex = toHex(guardian);
    if (!allowed.has(hex)) throw new AppError(code, 'signed by a key that is no guardian');
    if (!verify(signature, message, guardian)) throw new AppError(code, 'bad signature of a guardian');
    signed.add(hex);
  }
  const needed = certificateQuorum(allowed.size);
  if (signed.size < needed) throw new AppError(code, `${signed.size} of ${needed} guardians`);
}

/** Root over a block's records in order, each with its verdict: what the header's `recordsRoot` must be. */
export const recordsRootOf = (
  ids: readonly Uint8Array[],
  verdicts: readonly string[],
  hash: Sha256 = sha256,
): Uint8Array =>
  merkleRoot(
    ids.map((id, index) => recordLeaf(id, verdicts[index] ?? '', hash)),
    hash,
  );

/** A certified block as it travels: header, certificate, records in order, and what became of each. */
export type Block = {
  readonly headerBytes: Uint8Array;
  readonly header: Header;
  readonly certificate: readonly HeaderSignature[];
  readonly records: readonly Uint8Array[];
  /** One a record; may be codes that only a newer version knows. With the ids they hash to `recordsRoot`. */
  readonly verdicts: readonly string[];
};

const mostRecords = 100_000;

const blockSchema = v.strictTuple([
  anyBytes,
  certificateSchema,
  v.pipe(v.array(anyBytes), v.maxLength(mostRecords)),
  v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(mostRecords)),
]);

export const encodeBlock = (block: Omit<Block, 'header'>): Uint8Array =>
  encode([block.headerBytes, block.certificate, block.records, block.verdicts]);

/** Parses a block; checks neither certificate nor records. Throws `cbor/*` or `replica/bad-block`. */
export function decodeBlock(bytes: Uint8Array): Block {
  const [headerBytes, certificate, records, verdicts] = parse(blockSchema, decode(bytes), 'replica/bad-block');
  const header = decodeHeader(headerBytes);
  if (header.recordCount !== records.length || verdicts.length !== records.length) {
    throw new AppError('replica/bad-block', 'record count');
  }
  return { headerBytes, header, certificate, records, verdicts };
}
