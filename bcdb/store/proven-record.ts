/** A record of a stored block with what proves it: verdict, Merkle path, certified header. */
import { type HeaderSignature, recordLeaf } from '../../core/block.ts';
import { AppError } from '../../core/errors.ts';
import { merklePath } from '../../core/merkle.ts';

/** Blocks as they are stored; undefined, or no records, where there are none. */
export type BlockReader = {
  stored(
    height: number,
  ): { readonly headerBytes: Uint8Array; readonly certificate: readonly HeaderSignature[] } | undefined;
  records(height: number): readonly Uint8Array[];
  verdicts(height: number): readonly { readonly id: Uint8Array; readonly verdict: string }[];
};

export type ProvenRecord = {
  readonly record: Uint8Array;
  readonly verdict: string;
  readonly index: number;
  readonly path: Uint8Array[];
  readonly header: Uint8Array;
  readonly certificate: HeaderSignature[];
};

/** Throws `replica/not-found` when no such record is stored. */
export function provenRecord(blocks: BlockReader, height: number, index: number): ProvenRecord {
  const block = blocks.stored(height);
  const record = blocks.records(height)[index];
  const outcomes = blocks.verdicts(height);
  const verdict = outcomes[index]?.verdict;
  if (block === undefined || record === undefined || verdict === undefined) {
    throw new AppError('replica/not-found', 'no such record');
  }
  const leaves = outcomes.map((outcome) => recordLeaf(outcome.id, outcome.verdict));
  return {
    record,
    verdict,
    index,
    path: [...merklePath(leaves, index)],
    header: block.headerBytes,
    certificate: [...block.certificate],
  };
}
