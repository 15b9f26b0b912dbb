/**
 * Two statements of one guardian that contradict each other (docs/BCDB.md, "Two statements"): proof that whoever holds its
 * key broke the protocol, for everybody who has both, with nothing but the grid's id. Pure.
 */
import * as v from 'valibot';
import {
  certificateSchema,
  certifyBytes,
  decodeHeader,
  type HeaderSignature,
  headerHash,
  signatureIn,
} from './block.ts';
import { equalBytes, toHex } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import { AppError } from './errors.ts';
import { readSigned } from './guardian.ts';
import type { PublicKey, Verify } from './keys.ts';
import { anyBytes, parse } from './schema.ts';

/** What a guardian said for good. */
export type Statement = {
  readonly kind: 'prepare' | 'header' | 'move';
  readonly guardian: PublicKey;
  readonly grid: Uint8Array;
  readonly epoch: number;
  /** Of the header that was prepared or signed; of a move the height above the header that it tells. */
  readonly height: number;
  /** Hash of the header that was prepared, signed, or told, as hexadecimal text. */
  readonly about: string;
  /** Of a move: the lock that it tells. */
  readonly lock: { readonly epoch: number; readonly about: string } | null;
  readonly signature: Uint8Array;
  /** What the signature is over. */
  readonly signed: Uint8Array;
};

/** One guardian's signature over a header in an epoch, as a statement: canonical CBOR of `[header, [signature]]`. */
export const headerStatement = (headerBytes: Uint8Array, epoch: number, by: HeaderSignature): Uint8Array =>
  encode([headerBytes, [signatureIn(headerBytes, epoch, by)]]);

const shareSchema = v.strictTuple([anyBytes, v.pipe(certificateSchema, v.length(1))]);
const bad = 'guardian/bad-statement';

/**
 * Reads a statement: a prepare or a move as it travels, `[bytes, guardian, signature]`, or a `headerStatement`. Does not
 * verify its signature. Throws `cbor/*` or `guardian/bad-statement`.
 */
export function readStatement(bytes: Uint8Array): Statement {
  const value = decode(bytes);
  return Array.isArray(value) && value.length === 2 ? readShare(value) : readSaid(bytes);
}

function readShare(value: unknown): Statement {
  const [headerBytes, [by]] = parse(shareSchema, value, bad);
  if (by === undefined) throw new AppError(bad, 'nobody signed it');
  const { grid, height, epoch: proposed } = decodeHeader(headerBytes, bad);
  const { guardian, signature, epoch = proposed } = by;
  if (by.epoch !== undefined && epoch <= proposed) throw new AppError(bad, 'signed before it was proposed');
  const about = toHex(headerHash(headerBytes));
  const signed = certifyBytes(headerBytes, epoch);
  return { kind: 'header', guardian, grid, epoch, height, about, lock: null, signature, signed };
}

function readSaid(bytes: Uint8Array): Statement {
  const { said, guardian, signature, signed } = readSigned(bytes);
  const { grid, epoch } = said;
  if (said.say === '3bot/prepare') {
    const { height, header } = said;
    return { kind: 'prepare', guardian, grid, epoch, height, about: toHex(header), lock: null, signature, signed };
  }
  const height = decodeHeader(said.header, bad).height + 1;
  const about = toHex(headerHash(said.header));
  const lock = said.lock && { epoch: said.lock.epoch, about: toHex(headerHash(said.lock.header)) };
  return { kind: 'move', guardian, grid, epoch, height, about, lock, signature, signed };
}

const names = { prepare: 'a prepare', header: 'a signed header', move: 'a move' } as const;
const both = { prepare: 'two prepares', header: 'two signed headers', move: 'two moves' } as const;

/**
 * In which way two statements contradict each other, for people; undefined: they do not. Ticks are no promises: a later
 * one takes the place of the one before.
 */
export function contradiction(one: Statement, other: Statement): string | undefined {
  const isOfOne = equalBytes(one.guardian, other.guardian) && equalBytes(one.grid, other.grid);
  if (!isOfOne || one.height !== other.height || !isContrary(one, other)) return undefined;
  const what = one.kind === other.kind ? both[one.kind] : `${names[one.kind]} and ${names[other.kind]}`;
  const epochs = one.epoch === other.epoch ? `epoch ${one.epoch}` : `epochs ${one.epoch} and ${other.epoch}`;
  return `${what} at height ${one.height}, ${epochs}`;
}

function isContrary(one: Statement, other: Statement): boolean {
  if (one.kind === 'move' && other.kind === 'move') return areContraryMoves(one, other);
  if (one.kind === 'move') return isHidden(one, other);
  if (other.kind === 'move') return isHidden(other, one);
  return one.epoch === other.epoch && one.about !== other.about;
}

/** Whoever moved locks nothing in an earlier epoch any more: on one header, a move always tells the same lock of before. */
function areContraryMoves(one: Statement, other: Statement): boolean {
  const isSamePlace = one.epoch === other.epoch && one.about === other.about;
  const isOfBefore = [one, other].every(({ lock, epoch }) => lock === null || lock.epoch < epoch);
  return isSamePlace && isOfBefore && (one.lock?.epoch !== other.lock?.epoch || one.lock?.about !== other.lock?.about);
}

/** A header is signed only on its lock: a later move must tell that one, or one of a later epoch. */
function isHidden({ epoch, lock }: Statement, said: Statement): boolean {
  if (said.kind !== 'header' || said.epoch >= epoch) return false;
  return lock === null || lock.epoch < said.epoch || (lock.epoch === said.epoch && lock.about !== said.about);
}

/** Whether a statement is signed by the guardian that it names. */
export const isStatementSigned = ({ signature, signed, guardian }: Statement, verify: Verify): boolean =>
  verify(signature, signed, guardian);

/** What two statements prove: who said them, where, and in which way they contradict each other. */
export type Contrary = { readonly guardian: PublicKey; readonly height: number; readonly detail: string };

/**
 * Verifies two statements as proof. Throws `record/wrong-grid`, and `cbor/* | guardian/bad-statement` when they prove
 * nothing. Whether the key is a guardian's at that height is for whoever knows the history.
 */
export function checkTwoStatements(
  one: Uint8Array,
  other: Uint8Array,
  { grid, verify }: { readonly grid: Uint8Array; readonly verify: Verify },
): Contrary {
  const [first, second] = [readStatement(one), readStatement(other)];
  if (!equalBytes(first.grid, grid)) throw new AppError('record/wrong-grid', 'a statement of another grid');
  const detail = contradiction(first, second);
  if (detail === undefined) throw new AppError(bad, 'the statements do not contradict each other');
  for (const said of [first, second]) {
    if (!isStatementSigned(said, verify)) throw new AppError(bad, 'a bad signature');
  }
  return { guardian: first.guardian, height: first.height, detail };
}
