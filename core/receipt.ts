/**
 * Receipts: one file that proves, with no app and no network, that a record stands in a grid's history and what
 * became of it: genesis, the changes of the guardians since, record, Merkle path, certified header; and, when asked for,
 * that this header stands below a later head. Version 1 has no changes of guardians and no later head. Pure.
 */
import * as v from 'valibot';
import { certificateSchema, type Header } from './block.ts';
import { decode, encode } from './cbor.ts';
import type { Verify } from './keys.ts';
import {
  checkIncluded,
  checkReach,
  checkSigned,
  type Foundation,
  foundationEntries,
  type ProofContext,
  pathSchema,
  proofError,
  readOf,
  verifyGuardians,
} from './proofs-guardians.ts';
import { checkBelow, checkFinal, type ProvenHeader, readProven, verifyHead } from './proofs-history.ts';
import { decodeRecord, type Envelope } from './record.ts';
import { anyBytes, integer, parse } from './schema.ts';

const entries = {
  say: v.literal('3bot/receipt'),
  genesis: anyBytes,
  record: anyBytes,
  /** `ok` or a code, maybe one that only a newer version knows: the path proves it whatever it is. */
  verdict: v.pipe(v.string(), v.maxLength(64)),
  index: integer(0),
  path: pathSchema,
  header: anyBytes,
  certificate: certificateSchema,
} as const;

const receiptSchema = v.variant('v', [
  v.strictObject({ ...entries, v: v.literal(1) }),
  v.strictObject({
    ...entries,
    v: v.literal(2),
    guardians: foundationEntries.guardians,
    /** A later certified head, and the path of the receipt's header in the history below it. */
    head: v.optional(v.strictObject({ header: anyBytes, certificate: certificateSchema, path: pathSchema })),
  }),
]);

export type Receipt = Omit<Extract<v.InferOutput<typeof receiptSchema>, { v: 2 }>, 'say' | 'v' | 'guardians'> &
  Foundation;

export const encodeReceipt = (receipt: Receipt): Uint8Array => encode({ say: '3bot/receipt', v: 2, ...receipt });

/** What a good receipt proves. */
export type Proven = {
  readonly grid: Uint8Array;
  readonly record: Envelope;
  readonly verdict: string;
  readonly header: Header;
  /** All certified heads of the receipt, oldest first: what a pinned head is held against. */
  readonly heads: readonly ProvenHeader[];
};

/**
 * Verifies a receipt. `grid` is the id that the verifier trusts; without it the receipt only proves that it is
 * consistent with the genesis inside it. Throws `receipt/malformed | wrong-grid | bad-signature | bad-path |
 * bad-certificate`.
 */
export function verifyReceipt(bytes: Uint8Array, verify: Verify, grid?: Uint8Array): Proven {
  const context: ProofContext = { area: 'receipt', verify };
  const receipt = readOf('receipt', () => parse(receiptSchema, decode(bytes), 'receipt/malformed'));
  const { guardians: links, head: later } = receipt.v === 2 ? receipt : { guardians: [], head: undefined };
  const guardians = verifyGuardians({ genesis: receipt.genesis, guardians: links }, context, grid);
  const record = readOf('receipt', () => decodeRecord(receipt.record));
  const { verdict, index, path } = receipt;
  const first = readProven(receipt.header, guardians.grid, 'receipt');
  checkSigned(record, guardians.grid, context);
  checkIncluded({ id: record.id, verdict, index, path, header: first.header }, 'receipt');
  checkFinal(first, receipt.certificate, guardians, context);
  const heads = [first];
  if (later !== undefined) {
    const head = verifyHead(later, guardians, context);
    if (head.header.height <= first.header.height) throw proofError('receipt', 'malformed', 'the later head is not');
    checkBelow(first, head, later.path, 'receipt');
    heads.push(head);
  }
  checkReach(guardians, heads.at(-1)?.header.height ?? 0, 'receipt');
  return { grid: guardians.grid, record, verdict, header: first.header, heads };
}
