/**
 * The part of a scrub about blocks, one height at a time: header, certificate, records, versions, and what a guardian signed
 * there. It can stop after any height and go on from there later, also in another process.
 */
import { createHash } from 'node:crypto';
import { checkCertificate, decodeHeader, type Header, headerHash, recordsRootOf } from '../../core/block.ts';
import { equalBytes, zero32 } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import type { Verify } from '../../core/keys.ts';
import { appendPeak, type Peaks, peaksRoot } from '../../core/merkle.ts';
import { historyLeaf } from '../../core/proofs-history.ts';
import { Chain } from './chain.ts';
import { createContractParts } from './contract-parts.ts';
import { type Db, hexOf, plain } from './database.ts';
import { incomingOf } from './executor.ts';
import { type Meta, openMeta } from './meta.ts';
import type { Note } from './scrub.ts';
import { checkSigned } from './scrub-promises.ts';
import { fastSha256 } from './sha256.ts';

/** The next height to be looked at. `peaks`: over all headers below it; null where one of them is not here. */
export type BlocksPlace = { readonly height: number; readonly peaks: Peaks | null };

export const firstPlace: BlocksPlace = { height: 0, peaks: [] };

type BlockRow = {
  height: number;
  hash: Buffer;
  header: Buffer;
  certificate: Buffer;
  signatures: number;
  time_ms: number;
  exec_hash: Buffer;
  record_count: number;
  rejected_count: number;
  record_total: number;
};
type RecordRow = {
  id: Buffer;
  author: Buffer | null;
  seq: number | null;
  kind: string | null;
  verdict: string;
  is_counted: number;
  bytes: Buffer;
};

/** The block below the one that is looked at. */
type Before = { readonly hash: Uint8Array; readonly exec: Uint8Array; readonly total: number };

export type BlockScrub = {
  readonly place: BlocksPlace;
  readonly counted: { readonly blocks: number; readonly records: number };
  /** Looks at one height; false when it was the last one. */
  step(): boolean;
};

const beforeOf = (row: BlockRow): Before => ({
  hash: plain(row.hash),
  exec: plain(row.exec_hash),
  total: row.record_total,
});

export function openBlockScrub(db: Db, verify: Verify | null, note: Note, from: BlocksPlace = firstPlace): BlockScrub {
  const meta = openMeta(db);
  const read = db.prepare<[number], BlockRow>('SELECT * FROM blocks WHERE height = ?');
  const recordsOf = db.prepare<[number], RecordRow>('SELECT * FROM records WHERE height = ? ORDER BY position');
  const newestOf = db.prepare<[], number>('SELECT coalesce(max(height), -1) FROM blocks').pluck();
  const versionHash = versionHasher(db);
  const signedAt = checkSigned(db, verify);
  let { height } = from;
  let peaks: Peaks | undefined = from.peaks ?? undefined;
  let before: Before | undefined;
  let counted = { blocks: 0, records: 0 };
  note(`block ${height - 1}`, null, () => {
    const row = read.get(height - 1);
    before = row === undefined ? undefined : beforeOf(row);
    return undefined;
  });

  function look(row: BlockRow, chain: Chain): void {
    const { floor } = chain;
    const headerBytes = plain(row.header);
    let header: Header | undefined;
    note(`block ${height}`, height, () => {
      header = decodeHeader(headerBytes);
      if (!equalBytes(headerHash(headerBytes), plain(row.hash))) return 'its hash is another';
      if (header.height !== height) return 'a header of another height';
      if (before !== undefined && !equalBytes(header.prev, before.hash)) return 'does not follow the block before';
      if (height === 0 && !equalBytes(header.prev, zero32)) return 'does not begin';
      if (peaks !== undefined && !equalBytes(header.historyRoot, peaksRoot(peaks))) return 'another history';
      if (row.time_ms !== header.timeMs || row.record_count !== header.recordCount) return 'columns beside the header';
      if (!equalBytes(plain(row.exec_hash), header.execHash)) return 'columns beside the header';
      const certificate = decode(plain(row.certificate)) as Parameters<typeof checkCertificate>[1];
      if (row.signatures !== certificate.length) return 'columns beside the certificate';
      if (verify !== null) checkCertificate(headerBytes, certificate, chain.guardians.at(height), verify);
      return undefined;
    });
    counted = { blocks: counted.blocks + 1, records: row.record_total };
    const isKept = height === 0 || height > floor;
    if (header !== undefined && isKept)
      checkRecords({ row, header, records: () => recordsOf.all(height), verify, note });
    // Versions below a snapshot are not kept, not even those of block 0.
    if (header !== undefined && (height > floor || floor === 0) && (before !== undefined || height === 0)) {
      const exec = before?.exec ?? zero32;
      const total = before?.total ?? 0;
      note(`versions ${height}`, null, () => {
        const verdicts = recordsOf.all(height).map(({ verdict }) => verdict);
        if (row.record_total !== total + row.record_count && height !== floor + 1)
          return 'another count of all records';
        return equalBytes(versionHash(exec, verdicts, height), plain(row.exec_hash)) ? undefined : 'other objects';
      });
    }
    note(`signed ${height}`, null, () => signedAt(height, headerBytes, chain.guardians.at(height)));
    if (peaks !== undefined) peaks = appendPeak(peaks, historyLeaf(plain(row.hash)));
    before = beforeOf(row);
  }

  function stepOne(): boolean {
    // As it stands at this moment: blocks come in meanwhile, and so may guardians.
    const chain = new Chain(db, meta);
    const newest = newestOf.get() ?? -1;
    if (height <= newest) {
      const row = read.get(height);
      if (row !== undefined) look(row, chain);
      else {
        // A light replica may not have its headers yet.
        if (height > chain.floor) note(`block ${height}`, height, () => 'is missing');
        [before, peaks] = [undefined, undefined];
      }
      height += 1;
    }
    if (height <= newest) return true;
    note('peaks', null, () => checkPeaks(meta, newest, peaks));
    return false;
  }

  return {
    get place() {
      return { height, peaks: peaks ?? null };
    },
    get counted() {
      return counted;
    },
    // What it compares is of one moment, whoever writes.
    step: () => db.transaction(stepOne)(),
  };
}

function checkPeaks(meta: Meta, newest: number, peaks: Peaks | undefined): string | undefined {
  const stored = meta.get('peaks');
  if (peaks === undefined || stored === undefined) return newest >= 0 && stored === undefined ? 'missing' : undefined;
  return equalBytes(stored, encode(peaks)) ? undefined : 'not those of the headers';
}

type RecordCheck = {
  readonly row: BlockRow;
  readonly header: Header;
  readonly records: () => readonly RecordRow[];
  readonly verify: Verify | null;
  readonly note: Note;
};

function checkRecords({ row, header, records, verify, note }: RecordCheck): void {
  const { height } = row;
  note(`records ${height}`, height, () => {
    const rows = records();
    const root = recordsRootOf(
      rows.map(({ id }) => plain(id)),
      rows.map(({ verdict }) => verdict),
      fastSha256,
    );
    if (!equalBytes(root, header.recordsRoot)) return 'not those of the header';
    if (rows.filter(({ verdict }) => verdict !== 'ok').length !== row.rejected_count)
      return 'another count of refusals';
    for (const { id, author, seq, kind, bytes, verdict } of rows) {
      const { envelope, id: is } = incomingOf(plain(bytes));
      const name = hexOf(id).slice(0, 16);
      if (!equalBytes(is, plain(id))) return `record ${name}: other bytes`;
      const isSame =
        envelope === undefined
          ? author === null && seq === null && kind === null
          : author !== null &&
            equalBytes(plain(author), envelope.author) &&
            seq === envelope.seq &&
            kind === envelope.kind;
      if (!isSame) return `record ${name}: columns beside it`;
      if (envelope === undefined || verify === null || verdict === 'record/bad-signature') continue;
      if (!verify(envelope.signature, envelope.signedBytes, envelope.author)) return `record ${name}: its signature`;
    }
    return undefined;
  });
}

type VersionRow = { position: number; kind: string; key: Buffer; value: Buffer; height: number };

/** The execution hash that the versions of a height lead to (executor.ts). To be asked for rising heights. */
function versionHasher(db: Db): (previous: Uint8Array, verdicts: readonly string[], height: number) => Uint8Array {
  const parts = createContractParts(db);
  const behind = db.prepare<[number], VersionRow>(
    'SELECT position, kind, key, value, height FROM versions WHERE position > ? ORDER BY position',
  );
  const from = db.prepare<[number], { position: number; height: number }>(
    'SELECT position, height FROM versions WHERE position >= ? ORDER BY position LIMIT 1',
  );
  const last = db.prepare<[], number>('SELECT coalesce(max(position), 0) FROM versions').pluck();
  /** All versions up to this one are of heights below. */
  let done: number | undefined;

  /** They stand in the order of heights. */
  function lastBelow(height: number): number {
    let [low, high] = [0, (last.get() ?? 0) + 1];
    while (low + 1 < high) {
      const middle = Math.floor((low + high) / 2);
      const found = from.get(middle);
      if (found === undefined || found.height >= height) high = middle;
      else low = found.position;
    }
    return low;
  }

  return (previous, verdicts, height) => {
    done ??= lastBelow(height);
    const changes: (readonly [kind: string, key: string, bytes: Uint8Array])[] = [];
    for (const row of behind.iterate(done)) {
      if (row.height > height) break;
      done = row.position;
      if (row.height < height) continue;
      const { kind, key, value } = row;
      const bytes = kind === 'contract' ? parts.join(plain(value)) : plain(value);
      changes.push([kind, key.length === 0 ? 'grid' : hexOf(key), bytes]);
    }
    changes.sort(([a, x], [b, y]) => (`${a}:${x}` < `${b}:${y}` ? -1 : 1));
    const hash = createHash('sha256').update(previous).update(encode(verdicts)).update(encode(changes));
    return new Uint8Array(hash.digest());
  };
}
