/** Makes the receipt of a record from what is stored: certified header, Merkle path, record, genesis (core/receipt). */
import { recordLeaf } from '../../core/block.ts';
import { AppError } from '../../core/errors.ts';
import { merklePath } from '../../core/merkle.ts';
import { encodeReceipt } from '../../core/receipt.ts';
import type { Chain } from './chain.ts';
import { placeOf } from './executor.ts';

/** The receipt of the record at a position of the history. Throws `replica/not-found`. */
export function receiptAt(chain: Chain, position: number): Uint8Array {
  const { height, index } = placeOf(position);
  const block = chain.stored(height);
  const [genesis] = chain.records(0);
  const record = chain.records(height)[index];
  const outcomes = chain.verdicts(height);
  const verdict = outcomes[index]?.verdict;
  if (block === undefined || genesis === undefined || record === undefined || verdict === undefined) {
    throw new AppError('replica/not-found', 'no such record');
  }
  const leaves = outcomes.map((outcome) => recordLeaf(outcome.id, outcome.verdict));
  return encodeReceipt({
    genesis,
    record,
    verdict,
    index,
    path: [...merklePath(leaves, index)],
    header: block.headerBytes,
    certificate: [...block.certificate],
  });
}
