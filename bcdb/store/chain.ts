/**
 * The certified chain on disk: the head, the header that may follow it, appending an executed block, and blocks as they
 * were for whoever asks. Judges nothing.
 */
import {
  decodeHeader,
  encodeBlock,
  type Header,
  type HeaderSignature,
  headerHash,
  recordsRootOf,
  type Verdict,
} from '../../core/block.ts';
import { zero32 } from '../../core/bytes.ts';
import { decode, encode } from '../../core/cbor.ts';
import { AppError } from '../../core/errors.ts';
import { appendPeak, type Peaks, peaksRoot } from '../../core/merkle.ts';
import { historyLeaf } from '../../core/proofs-history.ts';
import { type Db, plain, type RowWriter, rowWriter, type Statement } from './database.ts';
import { type Execution, positionOf } from './executor.ts';
import { type GuardianLinks, openGuardianLinks } from './guardian-links.ts';
import { type HistoryTree, openHistoryTree } from './history-tree.ts';
import type { Meta } from './meta.ts';
import { fastSha256 } from './sha256.ts';

/** The last certified block, and what the next one builds on. */
export type Head = {
  readonly height: number;
  readonly timeMs: number;
  readonly hash: Uint8Array;
  readonly execHash: Uint8Array;
  readonly epoch: number;
  /** Where the next block begins in the sequencer's stream, among several guardians. */
  readonly position: number | undefined;
  /** Over the hashes of all headers up to this one. */
  readonly peaks: Peaks;
  /** Records of all blocks. */
  readonly recordTotal: number;
};

export type StoredBlock = {
  readonly headerBytes: Uint8Array;
  readonly hash: Uint8Array;
  readonly certificate: readonly HeaderSignature[];
};

const headAt = (header: Header, rest: Pick<Head, 'hash' | 'peaks' | 'recordTotal'>): Head => ({
  height: header.height,
  timeMs: header.timeMs,
  execHash: header.execHash,
  epoch: header.epoch,
  position: header.position,
  ...rest,
});

/** What the next header's `historyRoot` must be. */
export const historyRootOn = (head: Head | undefined): Uint8Array => peaksRoot(head?.peaks ?? []);

/** The header of an executed block on top of `head`; undefined head: block 0. */
export function headerOn(
  head: Head | undefined,
  block: Pick<Execution, 'executed' | 'execHash'> &
    Pick<Header, 'grid' | 'epoch' | 'timeMs' | 'position' | 'stateRoot'>,
): Header {
  const { grid, epoch, timeMs, position, executed, execHash, stateRoot } = block;
  return {
    grid,
    epoch,
    height: head === undefined ? 0 : head.height + 1,
    prev: head?.hash ?? zero32,
    timeMs,
    recordCount: executed.length,
    recordsRoot: recordsRootOf(
      executed.map(({ incoming }) => incoming.id),
      executed.map(({ verdict }) => verdict),
      fastSha256,
    ),
    historyRoot: historyRootOn(head),
    execHash,
    stateRoot,
    ...(position !== undefined && { position }),
  };
}

const encodeCertificate = (certificate: readonly HeaderSignature[]): Uint8Array => encode(certificate);
const decodeCertificate = (bytes: Uint8Array): readonly HeaderSignature[] => decode(bytes) as HeaderSignature[];

type HeadRow = { header: Buffer; hash: Buffer; record_total: number };
type BlockRow = { header: Buffer; hash: Buffer; certificate: Buffer };

export class Chain {
  #head: Head | undefined;
  #next: Head | undefined;
  /** Over all headers, for proofs. */
  readonly history: HistoryTree;
  /** Who signs the headers, and what proves it. */
  readonly guardians: GuardianLinks;
  readonly #meta: Meta;
  readonly #insertBlock: Statement;
  readonly #insertRecords: RowWriter;
  readonly #selectBlock: Statement;
  readonly #selectRecords: Statement;
  readonly #selectVerdicts: Statement;

  constructor(db: Db, meta: Meta) {
    this.#meta = meta;
    this.history = openHistoryTree(db, meta);
    this.guardians = openGuardianLinks(this, meta);
    this.#insertBlock = db.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#insertRecords = rowWriter(db, 'INSERT INTO records VALUES', 9);
    this.#selectBlock = db.prepare('SELECT header, hash, certificate FROM blocks WHERE height = ?');
    const ofBlock = 'FROM records WHERE position >= ? AND position < ? ORDER BY position';
    this.#selectRecords = db.prepare(`SELECT bytes ${ofBlock}`).pluck();
    this.#selectVerdicts = db.prepare(`SELECT id, verdict ${ofBlock}`);
    this.#head = this.#readHead(db);
  }

  #readHead(db: Db): Head | undefined {
    const row = db
      .prepare<[], HeadRow>('SELECT header, hash, record_total FROM blocks ORDER BY height DESC LIMIT 1')
      .get();
    const peaks = this.#meta.get('peaks');
    if (row === undefined || peaks === undefined) return undefined;
    const header = decodeHeader(plain(row.header), 'replica/corrupt');
    const hash = plain(row.hash);
    return headAt(header, { hash, peaks: decode(peaks) as Peaks, recordTotal: row.record_total });
  }

  /** Blocks from 1 up to this height are not kept (records, versions, statements); 0: all are. */
  get floor(): number {
    const bytes = this.#meta.get('floor');
    return bytes === undefined ? 0 : (decode(bytes) as number);
  }

  /** Why there is nothing at a height. */
  missing(height: number): AppError {
    if (height <= this.floor) return new AppError('replica/pruned', `height ${height}`);
    return new AppError('replica/not-executed-yet', `height ${height}`);
  }

  get head(): Head | undefined {
    return this.#head;
  }

  /** Writes an executed block into the open transaction; `settle` makes it the head once that committed. */
  append(header: Header, headerBytes: Uint8Array, certificate: readonly HeaderSignature[], execution: Execution): void {
    const { height, timeMs, execHash } = header;
    const hash = headerHash(headerBytes);
    const { executed } = execution;
    const rejected = executed.filter(({ verdict }) => verdict !== 'ok').length;
    const recordTotal = (this.#head?.recordTotal ?? 0) + executed.length;
    const encoded = encodeCertificate(certificate);
    this.#insertBlock.run(
      height,
      hash,
      headerBytes,
      encoded,
      certificate.length,
      timeMs,
      execHash,
      executed.length,
      rejected,
      recordTotal,
    );
    this.#insertRecords(
      executed.map(({ incoming: { envelope, id, bytes }, verdict, isCounted }, index) => [
        positionOf(height, index),
        height,
        id,
        envelope?.author ?? null,
        envelope?.seq ?? null,
        envelope?.kind ?? null,
        verdict,
        isCounted ? 1 : 0,
        bytes,
      ]),
    );
    const peaks = appendPeak(this.#head?.peaks ?? [], historyLeaf(hash));
    this.#meta.set('peaks', encode(peaks));
    this.history.extend(height);
    const policy = execution.changes.find(({ change }) => change.kind === 'policy')?.change;
    if (policy?.kind === 'policy') this.guardians.extend(height, policy.value.guardians);
    this.#next = headAt(header, { hash, peaks, recordTotal });
  }

  settle(): void {
    if (this.#next !== undefined) this.#head = this.#next;
    this.#next = undefined;
  }

  drop(): void {
    this.#next = undefined;
    this.guardians.drop();
  }

  stored(height: number): StoredBlock | undefined {
    const row = this.#selectBlock.get(height) as BlockRow | undefined;
    if (row === undefined) return undefined;
    return {
      headerBytes: plain(row.header),
      hash: plain(row.hash),
      certificate: decodeCertificate(plain(row.certificate)),
    };
  }

  records(height: number): readonly Uint8Array[] {
    const rows = this.#selectRecords.all(positionOf(height, 0), positionOf(height + 1, 0)) as Buffer[];
    return rows.map(plain);
  }

  /** Ids and verdicts of a block in order: the leaves of its `recordsRoot`. */
  verdicts(height: number): readonly { readonly id: Uint8Array; readonly verdict: Verdict }[] {
    const rows = this.#selectVerdicts.all(positionOf(height, 0), positionOf(height + 1, 0)) as {
      id: Buffer;
      verdict: Verdict;
    }[];
    return rows.map(({ id, verdict }) => ({ id: plain(id), verdict }));
  }

  /** A certified block as it travels. */
  blockBytes(height: number): Uint8Array | undefined {
    const block = this.stored(height);
    if (block === undefined || (height > 0 && height <= this.floor)) return undefined;
    const verdicts = this.verdicts(height).map(({ verdict }) => verdict);
    return encodeBlock({ ...block, records: this.records(height), verdicts });
  }
}
