/** Queries about the chain itself: head, books, blocks, records, receipts, outbox. */
import type { Verdict } from '../../../core/block.ts';
import { fromHex } from '../../../core/bytes.ts';
import { AppError } from '../../../core/errors.ts';
import { addressOf, keyOf } from '../../../core/keys.ts';
import { encodeTwoStatements } from '../../../core/proofs-statements.ts';
import type { BlockView } from '../../../core/views.ts';
import { decodeObject } from '../codec.ts';
import { blob, hexOf, plain } from '../database.ts';
import { evidenceReader, statementsReader } from '../evidence.ts';
import { placeOf } from '../executor.ts';
import { certifiedHeadAt, consistencyBetween, headerProofAt, receiptAt } from '../receipt.ts';
import { isKey } from '../short-key.ts';
import { versionReader } from '../sql-state.ts';
import { type Answers, limitOf, newestFirst, type QueryContext } from './context.ts';
import { questionText } from './cursor.ts';

type BlockRow = {
  height: number;
  time_ms: number;
  hash: Buffer;
  exec_hash: Buffer;
  record_count: number;
  rejected_count: number;
  signatures: number;
};

type RecordRow = {
  position: number;
  id: Buffer;
  author: Buffer | null;
  seq: number | null;
  kind: string | null;
  verdict: Verdict;
  bytes: Buffer;
  time_ms: number;
};

const blockViewOf = (row: BlockRow): BlockView => ({
  height: row.height,
  timeMs: row.time_ms,
  headerHash: hexOf(row.hash),
  execHash: hexOf(row.exec_hash),
  recordCount: row.record_count,
  rejectedCount: row.rejected_count,
  signatures: row.signatures,
});

export type ChainQueries =
  | 'standing'
  | 'head'
  | 'policy'
  | 'books'
  | 'blocks'
  | 'record'
  | 'receipt'
  | 'certifiedHead'
  | 'headerProof'
  | 'consistency'
  | 'evidence'
  | 'twoStatements'
  | 'outbox'
  | 'next';

export function chainQueries(context: QueryContext): Answers<ChainQueries> {
  const { db, chain, state, outbox, grid, unexplained } = context;
  const blocks = db.prepare<[number, number], BlockRow>(
    `SELECT height, time_ms, hash, exec_hash, record_count, rejected_count, signatures
     FROM blocks WHERE height < ? ORDER BY height DESC LIMIT ?`,
  );
  // The one that counted first: the same bytes may also stand somewhere as refused.
  const record = db.prepare<[Buffer, Buffer], RecordRow>(
    `SELECT r.position, r.id, r.author, r.seq, r.kind, r.verdict, r.bytes, b.time_ms
     FROM records r JOIN blocks b ON b.height = r.height
     WHERE ${isKey('r.id')} ORDER BY r.is_counted DESC, r.position LIMIT 1`,
  );
  const versionAt = versionReader(db);
  const twoStatements = statementsReader(db);

  function headOf() {
    if (chain.head === undefined) throw new AppError('replica/not-executed-yet', 'no block yet', { retry: true });
    return chain.head;
  }

  function policyOf() {
    headOf();
    const policy = state.get('policy', 'grid');
    if (policy === undefined) throw new AppError('replica/corrupt', 'no policy');
    return policy;
  }

  return {
    head() {
      const head = headOf();
      return {
        grid: hexOf(grid),
        gridName: policyOf().name,
        height: head.height,
        timeMs: head.timeMs,
        headerHash: hexOf(head.hash),
        execHash: hexOf(head.execHash),
        recordCount: head.recordTotal,
        signers: chain.stored(head.height)?.certificate.map(({ guardian }) => hexOf(guardian)) ?? [],
      };
    },
    policy() {
      const { guardians: _guardians, name: _name, seats: _seats, epoch: _epoch, ...policy } = policyOf();
      return policy;
    },
    standing() {
      const { guardians, seats = [], name, epoch = 0, ...policy } = policyOf();
      return { policy, guardians: guardians.map(fromHex), seats, name, epoch };
    },
    books({ height }) {
      const head = headOf();
      const at = height ?? head.height;
      if (at > head.height) throw new AppError('replica/not-executed-yet', `height ${at}`);
      const bytes = versionAt('totals', 'grid', at);
      if (bytes === undefined) {
        throw at < chain.floor ? chain.missing(at) : new AppError('replica/not-found', `height ${at}`);
      }
      const totals = decodeObject('totals', bytes);
      return { height: at, ...totals, unexplained: unexplained(totals) };
    },
    blocks({ from, ...asked }) {
      const above = from === undefined ? Number.MAX_SAFE_INTEGER : from + 1;
      const page = newestFirst(questionText('blocks', { from }), asked, {
        read: (below, count) => blocks.all(Math.min(below, above), count).map(blockViewOf),
        positionOf: ({ height }) => height,
      });
      // A light replica has all headers once it verified them; until then there is a gap above block 0.
      const { floor } = chain;
      const isCut = page.next === null && floor > 1 && chain.stored(floor - 1) === undefined;
      return { ...page, floor: isCut ? floor - 1 : null };
    },
    record({ id }) {
      const row = record.get(blob(id), blob(id));
      if (row === undefined || row.author === null || row.seq === null || row.kind === null) return null;
      return {
        id: hexOf(row.id),
        kind: row.kind,
        author: addressOf(plain(row.author)),
        seq: row.seq,
        ...placeOf(row.position),
        timeMs: row.time_ms,
        verdict: row.verdict,
        bytes: plain(row.bytes),
      };
    },
    receipt({ record: id, head }) {
      const row = record.get(blob(id), blob(id));
      if (row === undefined) throw new AppError('replica/not-found', 'no such record');
      return receiptAt(chain, row.position, head);
    },
    certifiedHead: ({ height }) => certifiedHeadAt(chain, height ?? headOf().height),
    headerProof: ({ height, head }) => headerProofAt(chain, height, head ?? headOf().height),
    consistency: ({ from, to }) => consistencyBetween(chain, from, to ?? headOf().height),
    evidence: evidenceReader(db),
    twoStatements({ position }) {
      const { height, ...both } = twoStatements(position);
      return encodeTwoStatements({ ...chain.guardians.foundation(height), ...both });
    },
    outbox: ({ author, limit }) => outbox.list(author === undefined ? undefined : hexOf(keyOf(author)), limitOf(limit)),
    next({ author }) {
      const { seq, last } = outbox.end(hexOf(keyOf(author)));
      return { seq: seq + 1, prev: last };
    },
  };
}
