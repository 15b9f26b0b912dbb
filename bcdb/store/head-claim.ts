/**
 * What peers tell each other about their heads: the last certified header, which proves itself, and from the guardian a
 * fresh statement that this is all it has. So a shorter history, or another one, shows up at once. Pure.
 */
import * as v from 'valibot';
import { certificateSchema, checkCertificate, decodeHeader, type Header, headerHash } from '../../core/block.ts';
import { equalBytes } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import type { PublicKey, Verify } from '../../core/keys.ts';
import { anyBytes, parse, signature64 } from '../../core/schema.ts';
import type { StoredBlock } from './chain.ts';
import { Contradiction, headerProof } from './evidence.ts';

const answerSchema = v.strictObject({
  say: v.literal('3bot/head'),
  header: anyBytes,
  certificate: certificateSchema,
  /** The only guardian's signature over `claimBytes`; null from everyone else. */
  claim: v.nullable(signature64),
});

/** What a guardian signs: made for one question only, so that an old answer cannot be told again. */
export const claimBytes = (headerBytes: Uint8Array, nonce: Uint8Array): Uint8Array =>
  encode({ say: '3bot/head-claim', v: 1, header: headerBytes, nonce });

export const encodeHeadAnswer = (block: StoredBlock, claim: Uint8Array | null): Uint8Array =>
  encode({ say: '3bot/head', header: block.headerBytes, certificate: block.certificate, claim });

/** What an answer is held against. */
export type HeadCheck = {
  readonly grid: Uint8Array;
  /** Who signs a height, as far as that is known here; empty before the genesis is here. */
  readonly guardiansAt: (height: number) => readonly PublicKey[];
  readonly verify: Verify;
  readonly nonce: Uint8Array;
  /** Our height when the question left; -1 for none. */
  readonly askedAt: number;
  readonly stored: (height: number) => StoredBlock | undefined;
};

/**
 * The head of a peer. Throws `replica/forked-head` when it proves another or a shorter history than ours, and
 * `cbor/* | replica/bad-block | replica/bad-certificate` for what proves nothing.
 */
export function judgeHeadAnswer(bytes: Uint8Array, check: HeadCheck): Header {
  const { header: headerBytes, certificate, claim } = parse(answerSchema, decode(bytes), 'replica/bad-block');
  const header = decodeHeader(headerBytes);
  if (!equalBytes(header.grid, check.grid)) throw new AppError('replica/bad-block', 'another grid');
  const guardians = check.guardiansAt(header.height);
  if (guardians.length === 0) return header;
  checkCertificate(headerBytes, certificate, guardians, check.verify);
  const ours = check.stored(header.height);
  if (ours !== undefined && !equalBytes(ours.hash, headerHash(headerBytes))) {
    throw new Contradiction('replica/forked-head', `two certified headers at height ${header.height}`, {
      what: 'two-headers',
      height: header.height,
      ours: headerProof(ours.headerBytes, ours.certificate),
      theirs: headerProof(headerBytes, certificate),
    });
  }
  const [only, ...others] = guardians;
  const isClaimed =
    claim !== null &&
    only !== undefined &&
    others.length === 0 &&
    check.verify(claim, claimBytes(headerBytes, check.nonce), only);
  if (isClaimed && header.height < check.askedAt) {
    const head = check.stored(check.askedAt);
    const detail = `the guardian's history ends at height ${header.height}, ours at ${check.askedAt}`;
    throw new Contradiction('replica/forked-head', detail, {
      what: 'shorter-history',
      height: check.askedAt,
      ours: head === undefined ? new Uint8Array(0) : headerProof(head.headerBytes, head.certificate),
      theirs: bytes,
    });
  }
  return header;
}
