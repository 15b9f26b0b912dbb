/**
 * Looks a replica's database over, reading only: every block against its header, certificate and records, every version
 * against the execution hashes, statements against balances, objects against the last state root, the file against SQLite's
 * own check. What cannot be seen this way (columns and indexes that queries use) a rebuild shows: see rebuild.ts.
 */
import { createHash } from 'node:crypto';
import { checkCertificate, decodeHeader, type Header, headerHash, recordsRootOf } from '../../core/block.ts';
import { equalBytes, zero32 } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import { codeOf } from '../../core/errors.ts';
import type { Verify } from '../../core/keys.ts';
import { appendPeak, type Peaks, peaksRoot } from '../../core/merkle.ts';
import { historyLeaf } from '../../core/proofs-history.ts';
import { Chain } from './chain.ts';
import { createContractParts } from './contract-parts.ts';
import { type Db, hexOf, isStorageError, plain } from './database.ts';
import { incomingOf } from './executor.ts';
import { openMeta } from './meta.ts';
import { checkObjects } from './scrub-objects.ts';
import { fastSha256 } from './sha256.ts';

/** Something that is not as it must be. `height`: the block to fetch again, where it is one. */
export type Finding = { readonly where: string; readonly what: string; readonly height: number | null };

export type ScrubReport = {
  readonly findings: readonly Finding[];
  readonly blocks: number;
  readonly records: number;
  readonly isWhole: boolean;
};

const mostFindings = 100;

/** Runs one check; whatever it throws, also SQLite on a page that it cannot read, is a finding. */
export type Note = (where: string, height: number | null, check: () => string | undefined) => void;

/** `verify`: null leaves signatures out. */
export function scrub(db: Db, verify: Verify | null): ScrubReport {
  const findings: Finding[] = [];
  const note: Note = (where, height, check) => {
    if (findings.length >= mostFindings) return;
    try {
      const what = check();
      if (what !== undefined) findings.push({ where, what, height });
    } catch (error) {
      const what = isStorageError(error) || codeOf(error) !== undefined ? String(error) : `unreadable: ${error}`;
      findings.push({ where, what, height });
    }
  };
  let counted = { blocks: 0, records: 0 };
  note('file', null, () => {
    const rows = db.pragma('integrity_check(10)') as { integrity_check: string }[];
    const [first] = rows;
    return first?.integrity_check === 'ok' ? undefined : rows.map((row) => row.integrity_check).join('; ');
  });
  note('blocks', null, () => {
    counted = checkBlocks(db, verify, note);
    return undefined;
  });
  note('objects', null, () => {
    checkObjects(db, note);
    return undefined;
  });
  return { findings, ...counted, isWhole: findings.length === 0 };
}

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

function checkBlocks(db: Db, verify: Verify | null, note: Note): { blocks: number; records: number } {
  const meta = openMeta(db);
  const chain = new Chain(db, meta);
  const { floor } = chain;
  const read = db.prepare<[number], BlockRow>('SELECT * FROM blocks WHERE height = ?');
  const recordsOf = db.prepare<[number], RecordRow>('SELECT * FROM records WHERE height = ? ORDER BY position');
  const versionHash = versionHasher(db);
  let before: { readonly hash: Uint8Array; readonly exec: Uint8Array; readonly total: number } | undefined;
  let peaks: Peaks | undefined = [];
  let counted = { blocks: 0, records: 0 };
  const newest = db.prepare<[], number>('SELECT coalesce(max(height), -1) FROM blocks').pluck().get() ?? -1;

  for (let height = 0; height <= newest; height++) {
    const row = read.get(height);
    if (row === undefined) {
      // A light replica may not have its headers yet.
      if (height > floor) note(`block ${height}`, height, () => 'is missing');
      [before, peaks] = [undefined, undefined];
      continue;
    }
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
    if (peaks !== undefined) peaks = appendPeak(peaks, historyLeaf(plain(row.hash)));
    before = { hash: plain(row.hash), exec: plain(row.exec_hash), total: row.record_total };
  }
  note('peaks', null, () => {
    const stored = meta.get('peaks');
    if (peaks === undefined || stored === undefined) return newest >= 0 && stored === undefined ? 'missing' : undefined;
    return equalBytes(stored, encode(peaks)) ? undefined : 'not those of the headers';
  });
  return counted;
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

type VersionRow = { kind: string; key: Buffer; value: Buffer; height: number };

/** The execution hash that the versions of a height lead to (executor.ts). To be asked for rising heights. */
function versionHasher(db: Db): (previous: Uint8Array, verdicts: readonly string[], height: number) => Uint8Array {
  const parts = createContractParts(db);
  // They stand in the order of heights.
  const rows = db.prepare<[], VersionRow>('SELECT kind, key, value, height FROM versions ORDER BY position').iterate();
  let next = rows.next();
  return (previous, verdicts, height) => {
    const changes: (readonly [kind: string, key: string, bytes: Uint8Array])[] = [];
    for (; next.done !== true && next.value.height <= height; next = rows.next()) {
      const { kind, key, value } = next.value;
      if (next.value.height < height) continue;
      const bytes = kind === 'contract' ? parts.join(plain(value)) : plain(value);
      changes.push([kind, key.length === 0 ? 'grid' : hexOf(key), bytes]);
    }
    changes.sort(([a, x], [b, y]) => (`${a}:${x}` < `${b}:${y}` ? -1 : 1));
    const hash = createHash('sha256').update(previous).update(encode(verdicts)).update(encode(changes));
    return new Uint8Array(hash.digest());
  };
}
