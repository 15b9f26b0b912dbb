/**
 * Receipts: one file that proves, with no app and no network, that a record stands in a grid's history and what
 * became of it: genesis (names the guardians), record, Merkle path, certified header. Pure.
 */
import * as v from 'valibot';
import { certificateSchema, checkCertificate, decodeHeader, type Header, recordLeaf, type Verdict } from './block.ts';
import { toHex, zero32 } from './bytes.ts';
import { decode, encode } from './cbor.ts';
import { AppError, codeOf, isErrorCode } from './errors.ts';
import type { Verify } from './keys.ts';
import { verifyMerklePath } from './merkle.ts';
import { checkEnvelope, decodeRecord, type Envelope, parseBody } from './record.ts';
import { anyBytes, hash32, integer, parse } from './schema.ts';

const receiptSchema = v.strictObject({
  say: v.literal('3bot/receipt'),
  v: v.literal(1),
  genesis: anyBytes,
  record: anyBytes,
  verdict: v.pipe(
    v.string(),
    v.check((verdict) => verdict === 'ok' || isErrorCode(verdict)),
  ),
  index: integer(0),
  path: v.pipe(v.array(hash32), v.maxLength(64)),
  header: anyBytes,
  certificate: certificateSchema,
});

export type Receipt = Omit<v.InferOutput<typeof receiptSchema>, 'say' | 'v' | 'verdict'> & {
  readonly verdict: Verdict;
};

export const encodeReceipt = (receipt: Receipt): Uint8Array => encode({ say: '3bot/receipt', v: 1, ...receipt });

/** What a good receipt proves. */
export type Proven = {
  readonly grid: Uint8Array;
  readonly record: Envelope;
  readonly verdict: Verdict;
  readonly header: Header;
};

/**
 * Verifies a receipt. `grid` is the id that the verifier trusts; without it the receipt only proves that it is
 * consistent with the genesis inside it. Throws `receipt/malformed | wrong-grid | bad-signature | bad-path |
 * bad-certificate`.
 */
export function verifyReceipt(bytes: Uint8Array, verify: Verify, grid?: Uint8Array): Proven {
  const receipt = malformed(() => parse(receiptSchema, decode(bytes), 'receipt/malformed'));
  const genesis = malformed(() => decodeRecord(receipt.genesis));
  const genesisBody = malformed(() => parseBody(genesis));
  if (genesisBody.kind !== 'genesis') throw new AppError('receipt/malformed', 'genesis expected');
  const gridId = genesis.id;
  if (grid !== undefined && toHex(grid) !== toHex(gridId)) throw new AppError('receipt/wrong-grid', toHex(gridId));
  const record = malformed(() => decodeRecord(receipt.record));
  const header = malformed(() => decodeHeader(receipt.header, 'receipt/malformed'));
  if (toHex(header.grid) !== toHex(gridId)) throw new AppError('receipt/wrong-grid', 'the header is of another grid');
  checkSigned(genesis, zero32, verify);
  checkSigned(record, gridId, verify);
  const verdict = receipt.verdict as Verdict;
  const leaf = recordLeaf(record.id, verdict);
  if (!verifyMerklePath(leaf, receipt.index, header.recordCount, receipt.path, header.recordsRoot)) {
    throw new AppError('receipt/bad-path');
  }
  checkCertificate(receipt.header, receipt.certificate, genesisBody.body.guardians, verify, 'receipt/bad-certificate');
  return { grid: gridId, record, verdict, header };
}

function malformed<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new AppError('receipt/malformed', codeOf(cause) ?? '', { cause });
  }
}

function checkSigned(record: Envelope, grid: Uint8Array, verify: Verify): void {
  try {
    checkEnvelope(record, grid, verify);
  } catch (cause) {
    const code = codeOf(cause) === 'record/wrong-grid' ? 'receipt/wrong-grid' : 'receipt/bad-signature';
    throw new AppError(code, record.kind, { cause });
  }
}
