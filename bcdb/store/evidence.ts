/**
 * Evidence of lies, kept for people to see and for others to check: each with both sides' bytes and the first difference.
 * What strangers can cause is bounded, and written only together with a block, so that it costs a guardian no disk of its
 * own.
 */
import type { HeaderSignature } from '../../core/block.ts';
import { encode } from '../../core/cbor.ts';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { addressOf } from '../../core/keys.ts';
import type { EvidenceView } from '../../core/views.ts';
import type { Page, Queries } from '../replica-api.ts';
import { type Db, plain, type Statement } from './database.ts';
import { newestFirst } from './queries/context.ts';
import { questionText } from './queries/cursor.ts';

/**
 * What was found, with both sides' bytes. Headers stand as canonical CBOR of `[header, certificate]`, records as they
 * travel, a guardian's statements as in core/two-statements.ts.
 */
export type Finding = {
  readonly what: EvidenceView['what'];
  readonly height: number | null;
  readonly author: Uint8Array | null;
  readonly seq: number | null;
  readonly ours: Uint8Array;
  readonly theirs: Uint8Array;
  /** The first difference, for experts. */
  readonly detail: string;
};

/** A header with its certificate, if it has one, as evidence. */
export const headerProof = (headerBytes: Uint8Array, certificate: readonly HeaderSignature[] = []): Uint8Array =>
  encode([headerBytes, certificate]);

/** An error that carries its proof. */
export class Contradiction extends AppError {
  readonly finding: Finding;

  constructor(code: ErrorCode, detail: string, finding: Omit<Finding, 'detail' | 'author' | 'seq'>) {
    super(code, detail);
    this.finding = { ...finding, author: null, seq: null, detail };
  }
}

/** Of one author: the first places at which his chain has two records. */
const mostPerAuthor = 4;
const mostForks = 1000;
/** Of one kind that is bounded. */
const mostBytes = 32 * 1024 * 1024;
/** A guardian's: the first ones, which say enough. Only guardians can cause them, so they are written at once. */
const mostPerGuardian = 4;
const mostStatements = 256;
/** Found and not yet written. */
const mostWaiting = 256;

type Row = {
  position: number;
  what: EvidenceView['what'];
  height: number | null;
  author: Buffer | null;
  seq: number | null;
  ours: Buffer;
  theirs: Buffer;
  found_ms: number;
  detail: string;
};

const viewOf = (row: Row): EvidenceView => ({
  position: row.position,
  what: row.what,
  height: row.height,
  author: row.author === null ? null : addressOf(plain(row.author)),
  seq: row.seq,
  ours: plain(row.ours),
  theirs: plain(row.theirs),
  foundMs: row.found_ms,
  detail: row.detail,
});

export class Evidence {
  readonly #db: Db;
  readonly #clock: () => number;
  readonly #insert: Statement;
  readonly #selectSame: Statement;
  readonly #selectForks: Statement;
  readonly #selectStatements: Statement;
  readonly #selectSizes: Statement;
  readonly #delete: Statement;
  /** Forks by `author:seq`. */
  readonly #waiting = new Map<string, Finding>();

  constructor(db: Db, clock: () => number) {
    this.#db = db;
    this.#clock = clock;
    this.#insert = db.prepare(
      'INSERT INTO evidence (what, height, author, seq, ours, theirs, found_ms, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.#selectSame = db
      .prepare('SELECT position FROM evidence WHERE what = ? AND height IS ? AND ours = ? AND theirs = ?')
      .pluck();
    this.#selectForks = db.prepare(
      `SELECT position, seq FROM evidence WHERE author = ? AND what = 'author-fork' ORDER BY seq`,
    );
    this.#selectStatements = db
      .prepare(`SELECT detail FROM evidence WHERE author = ? AND what = 'two-statements'`)
      .pluck();
    this.#selectSizes = db.prepare(
      `SELECT position, length(ours) + length(theirs) AS size FROM evidence WHERE what = ? ORDER BY position DESC`,
    );
    this.#delete = db.prepare('DELETE FROM evidence WHERE position = ?');
  }

  /** Keeps a proof at once; the same one again is kept once. */
  keep(finding: Finding): void {
    const { what, height, ours, theirs } = finding;
    if (this.#selectSame.get(what, height, ours, theirs) === undefined) this.#write(finding);
  }

  /** An author who signed two records for one seq; written with the next block. */
  fork(finding: Pick<Finding, 'ours' | 'theirs'> & { readonly author: Uint8Array; readonly seq: number }): void {
    const { author, seq } = finding;
    const id = `${addressOf(author)}:${seq}`;
    if (this.#waiting.has(id) || this.#waiting.size >= mostWaiting) return;
    const detail = `two records for seq ${seq}`;
    this.#waiting.set(id, { ...finding, what: 'author-fork', height: null, detail });
  }

  /** Two statements of a guardian, once for each place and way in which they contradict. */
  statements(finding: Pick<Finding, 'ours' | 'theirs' | 'height' | 'detail'> & { readonly author: Uint8Array }): void {
    const { author, detail } = finding;
    const before = this.#selectStatements.all(author) as string[];
    if (before.length >= mostPerGuardian || before.includes(detail)) return;
    this.#db
      .transaction(() => {
        this.#write({ ...finding, what: 'two-statements', seq: null });
        this.#prune('two-statements', mostStatements);
      })
      .immediate();
  }

  /** Writes what waits, in a transaction of its own. */
  flush(): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#db
      .transaction(() => {
        for (const finding of waiting) this.#writeFork(finding);
        this.#prune('author-fork', mostForks);
      })
      .immediate();
  }

  /** The first places are what people need to see: a later one gives way to an earlier one. */
  #writeFork(finding: Finding): void {
    const { author, seq } = finding;
    if (author === null || seq === null) return;
    const before = this.#selectForks.all(author) as { position: number; seq: number }[];
    if (before.some((one) => one.seq === seq)) return;
    const last = before.at(-1);
    if (before.length >= mostPerAuthor && last !== undefined) {
      if (last.seq < seq) return;
      this.#delete.run(last.position);
    }
    this.#write(finding);
  }

  /** The newest stay. */
  #prune(what: EvidenceView['what'], most: number): void {
    let count = 0;
    let bytes = 0;
    for (const { position, size } of this.#selectSizes.all(what) as { position: number; size: number }[]) {
      count += 1;
      bytes += size;
      if (count > most || bytes > mostBytes) this.#delete.run(position);
    }
  }

  #write({ what, height, author, seq, ours, theirs, detail }: Finding): void {
    this.#insert.run(what, height, author, seq, ours, theirs, this.#clock(), detail);
  }
}

/** A guardian's two statements, by their position. Throws `replica/not-found` for anything else. */
export function statementsReader(db: Db): (position: number) => Pick<Finding, 'ours' | 'theirs'> & { height: number } {
  const select = db.prepare<[number], { height: number; ours: Buffer; theirs: Buffer }>(
    `SELECT height, ours, theirs FROM evidence WHERE position = ? AND what = 'two-statements'`,
  );
  return (position) => {
    const row = select.get(position);
    if (row === undefined) throw new AppError('replica/not-found', `no two statements at position ${position}`);
    return { height: row.height, ours: plain(row.ours), theirs: plain(row.theirs) };
  };
}

/** Pages of evidence, newest first. */
export function evidenceReader(db: Db): (asked: Queries['evidence'][0]) => Page<EvidenceView> {
  const list = db.prepare<[number, number], Row>(
    `SELECT position, what, height, author, seq, ours, theirs, found_ms, detail
     FROM evidence WHERE position < ? ORDER BY position DESC LIMIT ?`,
  );
  return (asked) =>
    newestFirst(questionText('evidence', {}), asked, {
      read: (below, count) => list.all(below, count).map(viewOf),
      positionOf: ({ position }) => position,
    });
}
