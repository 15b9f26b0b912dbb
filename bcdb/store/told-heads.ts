/**
 * Heads that other 3bots tell of, in packets and from peer to peer, held against our own history, so that two stories
 * meet. One above ours is kept until we are there. What proves another history is thrown; the store's alarm hears it.
 */
import * as v from 'valibot';
import { checkCertificate, decodeHeader, headerHash } from '../../core/block.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { type CertifiedHead, certifiedHeadSchema } from '../../core/proofs-history.ts';
import { parse } from '../../core/schema.ts';
import type { ToldVerdict } from '../replica-api.ts';
import type { Accusations } from './accusations.ts';
import type { Chain, StoredBlock } from './chain.ts';
import { Contradiction, headerProof } from './evidence.ts';
import type { Meta } from './meta.ts';

/** Heads above ours that are kept; a quorum of guardians signed each. */
const mostKept = 8;

export type ToldHeads = {
  /**
   * Throws `replica/forked-head` for a certified header other than ours, `record/wrong-grid`, and `cbor/* |
   * replica/bad-block | replica/bad-certificate` for what proves nothing.
   */
  judge(head: CertifiedHead): ToldVerdict;
  /** Our head is at this height: looks again at what was told of it. Throws `replica/forked-head`. */
  reached(height: number): void;
};

export function openToldHeads(
  chain: Chain,
  meta: Meta,
  {
    grid,
    verify,
    accusations,
  }: { readonly grid: Uint8Array; readonly verify: Verify; readonly accusations: Pick<Accusations, 'compare'> },
): ToldHeads {
  let kept: readonly CertifiedHead[] = read(meta.get('told-heads'));

  function keep(heads: readonly CertifiedHead[]): void {
    meta.set('told-heads', encode(heads));
    kept = heads;
  }

  /** A head at or below ours. */
  function compare(head: CertifiedHead, height: number): ToldVerdict {
    const guardians = chain.guardians.at(height);
    const ours = chain.stored(height);
    try {
      checkCertificate(head.header, head.certificate, guardians, verify);
    } catch (error) {
      if (ours !== undefined) accusations.compare(ours, shownBy(head));
      throw error;
    }
    if (ours === undefined) return 'unproven';
    const theirs = headerHash(head.header);
    if (equalBytes(ours.hash, theirs)) return 'same';
    // Another one than a quorum signed is no proof against them: it changed on our disk.
    checkCertificate(ours.headerBytes, ours.certificate, guardians, verify, 'replica/corrupt');
    if (!equalBytes(headerHash(ours.headerBytes), ours.hash)) throw new AppError('replica/corrupt', `block ${height}`);
    const which = `${toHex(ours.hash).slice(0, 16)} here, ${toHex(theirs).slice(0, 16)} there`;
    throw twoHeaders(`two certified headers at height ${height}: ${which}`, height, ours, head);
  }

  /** A head above ours: believed only from the guardians that we know, else anybody could fill our memory. */
  function wait(head: CertifiedHead, height: number): ToldVerdict {
    const guardians = chain.guardians.at((chain.head?.height ?? 0) + 1);
    const same = kept.find(({ header }) => decodeHeader(header).height === height);
    try {
      checkCertificate(head.header, head.certificate, guardians, verify);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (same !== undefined) accusations.compare(shownBy(same), shownBy(head));
      return 'unproven';
    }
    if (same === undefined && kept.length < mostKept) keep([...kept, head]);
    if (same !== undefined && !equalBytes(same.header, head.header)) {
      throw twoHeaders(`two certified headers at height ${height} were told to us`, height, shownBy(same), head);
    }
    return 'ahead';
  }

  return {
    judge(head) {
      const header = decodeHeader(head.header);
      if (!equalBytes(header.grid, grid)) throw new AppError('record/wrong-grid', 'a head of another grid');
      if (chain.head === undefined) return 'unproven';
      return header.height <= chain.head.height ? compare(head, header.height) : wait(head, header.height);
    },
    reached(reachedHeight) {
      const due = kept.filter(({ header }) => decodeHeader(header).height <= reachedHeight);
      if (due.length === 0) return;
      for (const head of due) {
        try {
          compare(head, decodeHeader(head.header).height);
        } catch (error) {
          // Signed by those who were guardians when we heard it, but not of its height: it proves nothing.
          if (!(error instanceof AppError) || error.code !== 'replica/bad-certificate') throw error;
        }
      }
      keep(kept.filter((head) => !due.includes(head)));
    },
  };
}

const shownBy = ({ header, certificate }: CertifiedHead) => ({ headerBytes: header, certificate });

const twoHeaders = (
  detail: string,
  height: number,
  ours: Pick<StoredBlock, 'headerBytes' | 'certificate'>,
  theirs: CertifiedHead,
): Contradiction =>
  new Contradiction('replica/forked-head', detail, {
    what: 'two-headers',
    height,
    ours: headerProof(ours.headerBytes, ours.certificate),
    theirs: headerProof(theirs.header, theirs.certificate),
  });

const read = (bytes: Uint8Array | undefined): readonly CertifiedHead[] =>
  bytes === undefined ? [] : parse(v.array(certifiedHeadSchema), decode(bytes), 'replica/corrupt');
