/**
 * Puts a block that somebody else has in the place of a damaged one: only the very block that stands between its neighbours here
 * and that a quorum certified. State and history stay as they are.
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

/** Throws `cbor/*`, `replica/bad-block | bad-certificate` for another block than the one that belongs there. */
export function mendBlock({ db, chain, grid, verify }: MendParts, height: number, bytes: Uint8Array): void {
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
  const isCounted = read.map((record, index) => counts(record, verdicts[index] ?? '', { grid, verify }));
  db.transaction(() => {
    const rejected = verdicts.filter((verdict) => verdict !== 'ok').length;
    db.prepare(
      `UPDATE blocks SET hash = ?, header = ?, certificate = ?, signatures = ?, time_ms = ?, exec_hash = ?, record_count = ?,
         rejected_count = ?, record_total = coalesce(?, record_total) WHERE height = ?`,
    ).run(
      hash,
      headerBytes,
      encode(certificate),
      certificate.length,
      header.timeMs,
      header.execHash,
      header.recordCount,
      rejected,
      totalAt(db, chain, header),
      height,
    );
    db.prepare('DELETE FROM records WHERE position >= ? AND position < ?').run(
      positionOf(height, 0),
      positionOf(height + 1, 0),
    );
    const insert = db.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    for (const [index, { id, envelope, bytes: record }] of read.entries()) {
      const { author = null, seq = null, kind = null } = envelope ?? {};
      const place = [positionOf(height, index), height] as const;
      insert.run(...place, id, author, seq, kind, verdicts[index], isCounted[index] === true ? 1 : 0, record);
    }
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
