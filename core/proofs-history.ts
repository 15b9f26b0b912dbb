/**
 * Proofs about the history itself: that a header stands below a certified head, and that a later head goes on from an
 * earlier one (RFC 9162 sections 2.1.3 and 2.1.4 over the header's `historyRoot`). One file each, checked from the
 * grid's id alone. Pure.
 */
import * as v from 'valibot';
import { certificateSchema, checkCertificate, type Header, headerHash } from './block.ts';
import { equalBytes } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import { AppError } from './errors.ts';
import type { Verify } from './keys.ts';
import { leafHash, verifyConsistency, verifyMerklePath } from './merkle.ts';
import {
  checkReach,
  type Foundation,
  foundationEntries,
  type ProofArea,
  type ProofContext,
  type ProvenGuardians,
  pathSchema,
  proofError,
  readHeader,
  readOf,
  verifyGuardians,
} from './proofs-guardians.ts';
import { anyBytes, parse } from './schema.ts';

/** A header with what makes it final: what 3bots tell each other of where their history stands. */
export const certifiedHeadSchema = v.strictObject({ header: anyBytes, certificate: certificateSchema });
export type CertifiedHead = v.InferOutput<typeof certifiedHeadSchema>;

const headFileSchema = v.strictObject({
  say: v.literal('3bot/certified-head'),
  v: v.literal(1),
  ...certifiedHeadSchema.entries,
});

/** A head as a file, to be pinned and held against later proofs. */
export const encodeHeadFile = (head: CertifiedHead): Uint8Array =>
  encode({ say: '3bot/certified-head', v: 1, ...head });

/** Throws `proof/malformed`. */
export function decodeHeadFile(bytes: Uint8Array): CertifiedHead {
  const {
    say: _say,
    v: _version,
    ...head
  } = readOf('proof', () => parse(headFileSchema, decode(bytes), 'proof/malformed'));
  return head;
}

/** A header's leaf in the tree of all headers below a head. */
export const historyLeaf = (hash: Uint8Array): Uint8Array => leafHash(hash);

const headerProofSchema = v.strictObject({
  say: v.literal('3bot/header-proof'),
  v: v.literal(1),
  ...foundationEntries,
  header: anyBytes,
  head: certifiedHeadSchema,
  path: pathSchema,
});

const consistencySchema = v.strictObject({
  say: v.literal('3bot/consistency'),
  v: v.literal(1),
  ...foundationEntries,
  from: certifiedHeadSchema,
  to: certifiedHeadSchema,
  /** From the tree below `from` to the tree below `to`. */
  path: pathSchema,
  /** `from` itself in the tree below `to`. */
  inclusion: pathSchema,
});

export type HeaderProof = Omit<v.InferOutput<typeof headerProofSchema>, 'say' | 'v'>;
export type ConsistencyProof = Omit<v.InferOutput<typeof consistencySchema>, 'say' | 'v'>;

export const encodeHeaderProof = (proof: Omit<HeaderProof, 'guardians'> & Foundation): Uint8Array =>
  encode({ say: '3bot/header-proof', v: 1, ...proof });
export const encodeConsistency = (proof: Omit<ConsistencyProof, 'guardians'> & Foundation): Uint8Array =>
  encode({ say: '3bot/consistency', v: 1, ...proof });

/** A header of the grid with the bytes that are signed and hashed. */
export type ProvenHeader = { readonly header: Header; readonly bytes: Uint8Array };

/** Parses a header of this grid. Throws `malformed | wrong-grid` of the area. */
export const readProven = (bytes: Uint8Array, grid: Uint8Array, area: ProofArea): ProvenHeader => ({
  header: readHeader(bytes, grid, area),
  bytes,
});

/** Throws `bad-certificate` unless the guardians of its height signed it. */
export function checkFinal(
  { header, bytes }: ProvenHeader,
  certificate: CertifiedHead['certificate'],
  guardians: ProvenGuardians,
  { area, verify }: ProofContext,
): void {
  checkCertificate(bytes, certificate, guardians.at(header.height), verify, `${area}/bad-certificate`);
}

/** Parses a head and checks that it is final. Throws `malformed | wrong-grid | bad-certificate`. */
export function verifyHead(head: CertifiedHead, guardians: ProvenGuardians, context: ProofContext): ProvenHeader {
  const proven = readProven(head.header, guardians.grid, context.area);
  checkFinal(proven, head.certificate, guardians, context);
  return proven;
}

/** Throws `bad-path` unless `header` stands in the history below `head`. */
export function checkBelow(
  header: ProvenHeader,
  head: ProvenHeader,
  path: readonly Uint8Array[],
  area: ProofArea,
): void {
  const leaf = historyLeaf(headerHash(header.bytes));
  const { height: size, historyRoot } = head.header;
  if (!verifyMerklePath(leaf, header.header.height, size, path, historyRoot)) throw proofError(area, 'bad-path');
}

/**
 * Verifies that a header stands below a certified head. Throws `proof/malformed | wrong-grid | bad-signature | bad-path |
 * bad-certificate`.
 */
export function verifyHeaderProof(
  bytes: Uint8Array,
  verify: Verify,
  grid?: Uint8Array,
): { readonly grid: Uint8Array; readonly header: ProvenHeader; readonly head: ProvenHeader } {
  const context: ProofContext = { area: 'proof', verify };
  const proof = readOf('proof', () => parse(headerProofSchema, decode(bytes), 'proof/malformed'));
  const guardians = verifyGuardians(proof, context, grid);
  const header = readProven(proof.header, guardians.grid, 'proof');
  const head = verifyHead(proof.head, guardians, context);
  checkReach(guardians, head.header.height, 'proof');
  checkBelow(header, head, proof.path, 'proof');
  return { grid: guardians.grid, header, head };
}

/**
 * Verifies that the history of `to` goes on from `from`. Throws `proof/inconsistent` when both are certified and it does
 * not, else `proof/malformed | wrong-grid | bad-signature | bad-path | bad-certificate`.
 */
export function verifyConsistencyProof(
  bytes: Uint8Array,
  verify: Verify,
  grid?: Uint8Array,
): { readonly grid: Uint8Array; readonly from: ProvenHeader; readonly to: ProvenHeader } {
  const context: ProofContext = { area: 'proof', verify };
  const proof = readOf('proof', () => parse(consistencySchema, decode(bytes), 'proof/malformed'));
  const guardians = verifyGuardians(proof, context, grid);
  const from = verifyHead(proof.from, guardians, context);
  const to = verifyHead(proof.to, guardians, context);
  checkReach(guardians, Math.max(from.header.height, to.header.height), 'proof');
  checkGoesOn(from, to, proof);
  return { grid: guardians.grid, from, to };
}

/** One head goes on from itself with two empty paths. */
function checkGoesOn(from: ProvenHeader, to: ProvenHeader, { path, inclusion }: ConsistencyProof): void {
  const first = { size: from.header.height, root: from.header.historyRoot };
  const second = { size: to.header.height, root: to.header.historyRoot };
  if (first.size === second.size && !equalBytes(from.bytes, to.bytes)) {
    throw new AppError('proof/inconsistent', `two certified headers at height ${first.size}`);
  }
  if (!verifyConsistency(first, second, path)) throw new AppError('proof/inconsistent', 'another history');
  if (first.size < second.size) checkBelow(from, to, inclusion, 'proof');
  else if (inclusion.length > 0) throw proofError('proof', 'bad-path');
}
