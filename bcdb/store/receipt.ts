/** Makes proof files (core/receipt, core/proofs-history) from what is stored. Judges nothing. */
import { AppError } from '../../core/errors.ts';
import { type CertifiedHead, encodeConsistency, encodeHeaderProof } from '../../core/proofs-history.ts';
import { encodeReceipt } from '../../core/receipt.ts';
import type { Chain } from './chain.ts';
import { placeOf } from './executor.ts';
import { provenRecord } from './proven-record.ts';

/** The certified head at a height. Throws `replica/not-executed-yet` above our head, `replica/pruned` for what is gone. */
export function certifiedHeadAt(chain: Chain, height: number): CertifiedHead {
  const block = chain.stored(height);
  if (block !== undefined) return { header: block.headerBytes, certificate: [...block.certificate] };
  const isAbove = chain.head === undefined || height > chain.head.height;
  throw new AppError(isAbove ? 'replica/not-executed-yet' : 'replica/pruned', `height ${height}`);
}

/**
 * The receipt of the record at a position of the history. `head`: height of a later head that it is tied to; one that is
 * not later adds nothing. Throws `replica/not-found | not-executed-yet | pruned`.
 */
export function receiptAt(chain: Chain, position: number, head?: number): Uint8Array {
  const { height, index } = placeOf(position);
  const isTied = head !== undefined && head > height;
  return encodeReceipt({
    ...provenRecord(chain, height, index),
    ...chain.guardians.foundation(isTied ? head : height),
    ...(isTied && { head: { ...certifiedHeadAt(chain, head), path: [...chain.history.inclusion(height, head)] } }),
  });
}

/** Shows that the header at `height` stands below the head at `head`. */
export function headerProofAt(chain: Chain, height: number, head: number): Uint8Array {
  if (height >= head) throw new AppError('replica/not-found', `no header ${height} below head ${head}`);
  return encodeHeaderProof({
    ...chain.guardians.foundation(head),
    header: certifiedHeadAt(chain, height).header,
    head: certifiedHeadAt(chain, head),
    path: [...chain.history.inclusion(height, head)],
  });
}

/** Shows that the head at `to` goes on from the one at `from`. */
export function consistencyBetween(chain: Chain, from: number, to: number): Uint8Array {
  if (from > to) throw new AppError('replica/not-found', `head ${from} is later than ${to}`);
  return encodeConsistency({
    ...chain.guardians.foundation(to),
    from: certifiedHeadAt(chain, from),
    to: certifiedHeadAt(chain, to),
    path: [...chain.history.consistency(from, to)],
    inclusion: from === to ? [] : [...chain.history.inclusion(from, to)],
  });
}
