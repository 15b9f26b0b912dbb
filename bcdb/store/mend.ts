/**
 * Puts a block that somebody else has in the place of a damaged one: only the very block that stands between its neighbours here
 * and that a quorum certified. State and history stay as they are. Judged beside the store, which only writes what differs.
 */
import {
  type Block,
  checkCertificate,
  decodeBlock,
  decodeHeader,
  type Header,
  headerHash,
  recordsRootOf,
} from '../../core/block.ts';
import { equalBytes, zero32 } from '../../core/bytes.ts';
import { encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import type { Chain } from './chain.ts';
import { type Db, plain } from './database.ts';
import { type Incoming, incomingOf, judgeEnvelope, positionOf } from './executor.ts';
import { fastSha256 } from './sha256.ts';

export type MendParts = {
  readonly db: Db;
  readonly chain: Chain;
  readonly grid: Uint8Array;
  readonly verify: Verify;
};

const refused = (detail: string): AppError => new AppError('replica/bad-block', detail);

/** Verdicts of records that did not take their author's seq. */
const uncounted: ReadonlySet<string> = new Set(['record/replayed', 'record/forked', 'record/gap']);

type Value = string | number | Uint8Array | null;

/** What has to be written so that a block is the right one: its row, and those of its records that differ. */
export type Mending = {
  readonly height: number;
  readonly block: readonly Value[];
  /** Positions of records that go, and rows that come. */
  readonly gone: readonly number[];
  readonly records: readonly (readonly Value[])[];
};

/** Reading only. Throws `cbor/*`, `replica/bad-block | bad-certificate` for another block than the one that belongs there. */
export function planMending({ db, chain, grid, verify }: MendParts, height: number, bytes: Uint8Array): Mending {
  const block = decodeBlock(bytes);
  const { header, headerBytes, certificate, records, verdicts } = block;
  if (header.height !== height || !equalBytes(header.grid, grid)) throw refused('a block of another place');
  const hash = headerHash(headerBytes);
  checkPlace(db, chain, block, hash);
  checkCertificate(headerBytes, certificate, chain.guardians.at(height), verify);
  const read = records.map(incomingOf);
  const root = recordsRootOf(
    read.map(({ id }) => id),
    verdicts,
    fastSha256,
  );
  if (!equalBytes(root, header.recordsRoot)) throw refused('other records than were signed');
  const rows = read.map((record, index) => {
    const { author = null, seq = null, kind = null } = record.envelope ?? {};
    const verdict = verdicts[index] ?? '';
    const isCounted = counts(record, verdict, { grid, verify }) ? 1 : 0;
    return [positionOf(height, index), height, record.id, author, seq, kind, verdict, isCounted, record.bytes] as const;
  });
  const rejected = verdicts.filter((verdict) => verdict !== 'ok').length;
  const { timeMs, execHash, recordCount } = header;
  const place = [certificate.length, timeMs, execHash, recordCount, rejected, totalAt(db, chain, header)] as const;
  return { height, block: [hash, headerBytes, encode(certificate), ...place], ...differences(db, height, rows) };
}

function differences(db: Db, height: number, rows: readonly (readonly Value[])[]): Pick<Mending, 'gone' | 'records'> {
  const stored = new Map<unknown, readonly unknown[]>(
    db
      .prepare<[number, number], readonly unknown[]>('SELECT * FROM records WHERE position >= ? AND position < ?')
      .raw()
      .all(positionOf(height, 0), positionOf(height + 1, 0))
      .map((row) => [row[0], row]),
  );
  const isSame = (row: readonly Value[]): boolean => row.every((value, at) => isEqual(value, stored.get(row[0])?.[at]));
  const records = rows.filter((row) => !isSame(row));
  const kept = new Set(rows.filter(isSame).map(([position]) => position));
  const gone = [...stored.keys()].filter((position): position is number => typeof position === 'number');
  return { records, gone: gone.filter((position) => !kept.has(position)) };
}

const isEqual = (a: Value, b: unknown): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? equalBytes(a, b) : a === b;

/** Into the store. Nothing in a history ever changes but by damage, so the plan is good whenever it is carried out. */
export function writeMending(db: Db, { height, block, gone, records }: Mending): void {
  db.transaction(() => {
    db.prepare(
      `UPDATE blocks SET hash = ?, header = ?, certificate = ?, signatures = ?, time_ms = ?, exec_hash = ?, record_count = ?,
         rejected_count = ?, record_total = coalesce(?, record_total) WHERE height = ?`,
    ).run(...block, height);
    const remove = db.prepare('DELETE FROM records WHERE position = ?');
    for (const position of gone) remove.run(position);
    const insert = db.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    for (const row of records) insert.run(...row);
  })();
}

/** Records of all blocks up to this one; null where the block below does not say: a snapshot's. */
function totalAt(db: Db, { floor }: Chain, { height, recordCount }: Header): number | null {
  if (height === 0) return recordCount;
  const below = db
    .prepare<[number], number>('SELECT record_total FROM blocks WHERE height = ?')
    .pluck()
    .get(height - 1);
  return below === undefined || height === floor + 1 ? null : below + recordCount;
}

/** Its neighbours name it, or it is the head that we stand on. */
function checkPlace(db: Db, chain: Chain, { header }: Block, hash: Uint8Array): void {
  const { height } = header;
  const hashAt = db.prepare<[number], Buffer>('SELECT hash FROM blocks WHERE height = ?').pluck();
  const below = height === 0 ? zero32 : hashAt.get(height - 1);
  if (below === undefined || !equalBytes(header.prev, plain(below))) throw refused('does not follow the block before');
  if (chain.head?.height === height && !equalBytes(chain.head.hash, hash)) throw refused('is not the head');
  const above = chain.stored(height + 1);
  // One that is damaged itself says nothing.
  if (above === undefined || !equalBytes(headerHash(above.headerBytes), above.hash)) return;
  if (!equalBytes(decodeHeader(above.headerBytes).prev, hash)) throw refused('the block after it follows another one');
}

/** As the executor judged it. Throws for a signature that was spoiled on its way: the id does not cover it. */
function counts(
  { envelope, isVerified, bytes }: Incoming,
  verdict: string,
  parts: { readonly grid: Uint8Array; readonly verify: Verify },
): boolean {
  if (envelope === undefined) return false;
  if (envelope.kind === 'genesis') return parts.verify(envelope.signature, envelope.signedBytes, envelope.author);
  const refusal = judgeEnvelope({ envelope, isVerified }, parts);
  if (refusal?.code === 'record/bad-signature' && verdict !== refusal.code) {
    throw refused(`a record of ${bytes.length} bytes: its signature was changed`);
  }
  return refusal === undefined && !uncounted.has(verdict);
}
