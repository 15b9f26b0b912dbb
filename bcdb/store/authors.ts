/**
 * The record chains: for every author the last record that counted. An author's next record must carry the next seq
 * and the id of the one before; everything else is replayed, forked or gapped.
 */
import type { Verdict } from '../../core/block.ts';
import { equalBytes, zero32 } from '../../core/bytes.ts';
import type { ErrorCode } from '../../core/errors.ts';
import type { Envelope } from '../../core/record.ts';
import { blob, type Db, hexOf, plain, type RowWriter, rowWriter, type Statement } from './database.ts';
import { isKey } from './short-key.ts';

/** Where an author's chain ends: seq 0 and 32 zero bytes before the first record. */
export type ChainEnd = { readonly seq: number; readonly last: Uint8Array };

/** An author, as hex, whose chain grew. */
export type ChangedChain = { readonly author: string; readonly end: ChainEnd };

/** A refusal of an envelope; `detail` names the two records of a fork. */
export type Refusal = { readonly code: ErrorCode; readonly detail: string };

/** A record that counted. */
type Standing = { readonly id: Buffer; readonly verdict: Verdict; readonly height: number };

/** What a block added to the chains, taken out of them until it may be committed. */
export type AuthorsWork = { readonly ends: Map<string, ChainEnd>; readonly ids: Map<string, Uint8Array> };

const noChain: ChainEnd = { seq: 0, last: zero32 };
const cacheSize = 50_000;

/**
 * Judges seq and prev against a chain's end. `idAt` finds the id that stands at an earlier seq, so that the same
 * record again (`record/replayed`) differs from another one for its place (`record/forked`).
 */
export function judgeChain(
  end: ChainEnd,
  { seq, prev, id }: Pick<Envelope, 'seq' | 'prev' | 'id'>,
  idAt: (seq: number) => Uint8Array | undefined,
): Refusal | undefined {
  if (seq <= end.seq) {
    const standing = idAt(seq);
    if (standing === undefined || equalBytes(standing, id)) return { code: 'record/replayed', detail: `seq ${seq}` };
    return { code: 'record/forked', detail: `seq ${seq}: ${hexOf(standing)} stands, ${hexOf(id)} came later` };
  }
  if (seq > end.seq + 1) return { code: 'record/gap', detail: `seq ${seq} after ${end.seq}` };
  if (!equalBytes(prev, end.last)) return { code: 'record/gap', detail: `seq ${seq}: prev is not the record before` };
  return undefined;
}

/** The chains in SQLite, with an overlay for the block at hand. */
export class Authors {
  #overlay = new Map<string, ChainEnd>();
  /** Ids of the block's own records by `author:seq`. */
  #fresh = new Map<string, Uint8Array>();
  readonly #cache = new Map<string, ChainEnd>();
  readonly #select: Statement;
  readonly #upsert: RowWriter;
  readonly #selectId: Statement;
  readonly #selectFork: Statement;
  readonly #selectBytes: Statement;
  readonly #selectVerdict: Statement;

  constructor(db: Db) {
    this.#select = db.prepare('SELECT seq, last FROM authors WHERE key = ?');
    const conflict = 'ON CONFLICT (key) DO UPDATE SET seq = excluded.seq, last = excluded.last';
    this.#upsert = rowWriter(db, 'INSERT INTO authors VALUES', 3, conflict);
    const counted = `FROM records WHERE ${isKey('author')} AND seq = ? AND is_counted = 1`;
    this.#selectId = db.prepare(`SELECT id ${counted}`).pluck();
    this.#selectBytes = db.prepare(`SELECT bytes ${counted}`).pluck();
    this.#selectVerdict = db.prepare(`SELECT id, verdict, height ${counted}`);
    this.#selectFork = db.prepare("SELECT 1 FROM records WHERE author = ? AND seq = ? AND verdict = 'record/forked'");
  }

  /** The end of an author's chain, this block's records included. */
  end(author: string): ChainEnd {
    const held = this.#overlay.get(author) ?? this.#cache.get(author);
    if (held !== undefined) return held;
    const row = this.#select.get(blob(author)) as { seq: number; last: Buffer } | undefined;
    const end = row === undefined ? noChain : { seq: row.seq, last: plain(row.last) };
    this.#keep(author, end);
    return end;
  }

  advance(author: string, end: ChainEnd): void {
    this.#overlay.set(author, end);
    this.#fresh.set(`${author}:${end.seq}`, end.last);
  }

  /** Id of the record that counted for an author's seq. */
  idAt(author: string, seq: number): Uint8Array | undefined {
    const fresh = this.#fresh.get(`${author}:${seq}`);
    if (fresh !== undefined) return fresh;
    const key = blob(author);
    const found = this.#selectId.get(key, key, seq) as Buffer | undefined;
    return found === undefined ? undefined : plain(found);
  }

  /** The committed record that counted for an author's seq, and what became of it. */
  verdictAt(author: string, seq: number): Standing | undefined {
    const key = blob(author);
    return this.#selectVerdict.get(key, key, seq) as Standing | undefined;
  }

  /** Whether a second record for an author's seq stands in the history, as evidence. */
  hasFork(author: string, seq: number): boolean {
    return this.#selectFork.get(blob(author), seq) !== undefined;
  }

  /** The committed record that counted for an author's seq. */
  recordAt(author: string, seq: number): Uint8Array | undefined {
    const key = blob(author);
    const found = this.#selectBytes.get(key, key, seq) as Buffer | undefined;
    return found === undefined ? undefined : plain(found);
  }

  detach(): AuthorsWork {
    const work = { ends: this.#overlay, ids: this.#fresh };
    this.drop();
    return work;
  }

  attach({ ends, ids }: AuthorsWork): void {
    this.#overlay = ends;
    this.#fresh = ids;
  }

  /** The chains that this block made longer. */
  changed(): readonly ChangedChain[] {
    return [...this.#overlay].map(([author, end]) => ({ author, end }));
  }

  flush(): void {
    this.#upsert([...this.#overlay].map(([author, { seq, last }]) => [blob(author), seq, last]));
  }

  /** After the commit. Returns the authors whose chains grew. */
  settle(): ReadonlySet<string> {
    const grown = new Set(this.#overlay.keys());
    for (const [author, end] of this.#overlay) this.#keep(author, end);
    this.drop();
    return grown;
  }

  drop(): void {
    this.#overlay = new Map();
    this.#fresh = new Map();
  }

  #keep(author: string, end: ChainEnd): void {
    this.#cache.delete(author);
    this.#cache.set(author, end);
    if (this.#cache.size <= cacheSize) return;
    const [oldest] = this.#cache.keys();
    if (oldest !== undefined) this.#cache.delete(oldest);
  }
}
