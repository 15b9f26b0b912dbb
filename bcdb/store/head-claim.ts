/**
 * What peers tell each other about their heads: the last certified header, which proves itself; the feed of blocks that
 * the teller writes; and from a guardian a fresh statement of who it is, under which Noise key, and whether this is all it
 * has. So a shorter history, or another one, shows up at once, and everybody knows which peer speaks for a guardian. Pure.
 */
import * as v from 'valibot';
import { certificateSchema, decodeHeader } from '../../core/block.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import type { CertifiedHead } from '../../core/proofs-history.ts';
import { anyBytes, key32, parse, signature64 } from '../../core/schema.ts';
import type { ToldVerdict } from '../replica-api.ts';
import type { StoredBlock } from './chain.ts';
import { Contradiction, headerProof } from './evidence.ts';

const claimSchema = v.strictObject({
  guardian: key32,
  /** The guardian is at work: it has nothing above this header. */
  isAll: v.boolean(),
  /** The guardian's signature over `claimBytes`. */
  signature: signature64,
});
export type HeadClaim = v.InferOutput<typeof claimSchema>;

const answerSchema = v.strictObject({
  say: v.literal('3bot/head'),
  header: anyBytes,
  certificate: certificateSchema,
  /** Hypercore key of the feed that the teller writes; null when it writes none, or not from the first block on. */
  feed: v.nullable(key32),
  /** Null from everyone but guardians. */
  claim: v.nullable(claimSchema),
});

/** What a guardian signs: for one question only, and for one Noise key, so that nobody can tell it in its place. */
export const claimBytes = (claim: {
  readonly header: Uint8Array;
  readonly nonce: Uint8Array;
  readonly net: Uint8Array;
  readonly isAll: boolean;
}): Uint8Array => encode({ say: '3bot/head-claim', v: 2, ...claim });

export const encodeHeadAnswer = (block: StoredBlock, feed: Uint8Array | null, claim: HeadClaim | null): Uint8Array =>
  encode({ say: '3bot/head', header: block.headerBytes, certificate: block.certificate, feed, claim });

/** What an answer is held against. */
export type HeadCheck = {
  readonly grid: Uint8Array;
  /** Those in force, hex keys; empty before the genesis is here. */
  readonly guardians: readonly string[];
  readonly verify: Verify;
  readonly nonce: Uint8Array;
  /** The Noise key of who answered. */
  readonly net: Uint8Array;
  /** Our height when the question left; -1 for none. */
  readonly askedAt: number;
  readonly stored: (height: number) => StoredBlock | undefined;
  /** Holds the header against our own history (told-heads). */
  readonly judge: (head: CertifiedHead) => ToldVerdict;
};

/** What an answer says that holds. */
export type ToldHead = {
  readonly height: number;
  /** The header is certified by guardians that we know; else the height is hearsay. */
  readonly isProven: boolean;
  readonly feed: Uint8Array | null;
  /** Who answered is this guardian, hex. */
  readonly guardian: string | null;
};

/**
 * The head of a peer. Throws `replica/forked-head` when it proves another or a shorter history than ours, and
 * `cbor/* | replica/bad-block | replica/bad-certificate` for what proves nothing.
 */
export function judgeHeadAnswer(bytes: Uint8Array, check: HeadCheck): ToldHead {
  const answer = parse(answerSchema, decode(bytes), 'replica/bad-block');
  const { height, grid } = decodeHeader(answer.header);
  if (!equalBytes(grid, check.grid)) throw new AppError('replica/bad-block', 'another grid');
  const guardian = guardianOf(answer.header, answer.claim, check);
  const isProven = check.judge({ header: answer.header, certificate: answer.certificate }) !== 'unproven';
  if (
    isProven &&
    guardian !== null &&
    check.guardians.length === 1 &&
    answer.claim?.isAll === true &&
    height < check.askedAt
  ) {
    const head = check.stored(check.askedAt);
    const detail = `the guardian's history ends at height ${height}, ours at ${check.askedAt}`;
    throw new Contradiction('replica/forked-head', detail, {
      what: 'shorter-history',
      height: check.askedAt,
      ours: head === undefined ? new Uint8Array(0) : headerProof(head.headerBytes, head.certificate),
      theirs: bytes,
    });
  }
  return { height, isProven, feed: answer.feed, guardian };
}

/** Throws `replica/bad-certificate` for a claim that does not hold: who makes one up is not to be believed. */
function guardianOf(header: Uint8Array, claim: HeadClaim | null, check: HeadCheck): string | null {
  if (claim === null || check.guardians.length === 0) return null;
  const { nonce, net } = check;
  const key: PublicKey = claim.guardian;
  const hex = toHex(key);
  // One that left its office, or that comes into it with blocks that are not here yet.
  if (!check.guardians.includes(hex)) return null;
  if (check.verify(claim.signature, claimBytes({ header, nonce, net, isAll: claim.isAll }), key)) return hex;
  throw new AppError('replica/bad-certificate', 'the claim of a guardian is not its own');
}
