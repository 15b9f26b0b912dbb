/**
 * What this replica's own authors handed in, durable until it is final or rejected. An author's records leave in the
 * order of their seqs. Knows no network: somebody else carries the pending ones to a guardian.
 */

import { fromHex } from '../../core/bytes.ts';
import { type ErrorCode, isErrorCode } from '../../core/errors.ts';
import { addressOf } from '../../core/keys.ts';
import type { Envelope } from '../../core/record.ts';
import type { OutboxView } from '../../core/views.ts';
import { type Authors, type ChainEnd, judgeChain, type Refusal } from './authors.ts';
import { blob, type Db, hexOf, plain, type Statement } from './database.ts';
import type { Executed } from './executor.ts';

type Row = {
  position: number;
  id: Buffer;
  author: Buffer;
  seq: number;
  kind: string;
  state: OutboxView['state'];
  code: string | null;
  height: number | null;
  created_ms: number;
};

/** A record that waits for its block. */
export type Pending = {
  readonly id: string;
  readonly author: string;
  readonly seq: number;
  readonly bytes: Uint8Array;
};

/** Final entries that are kept for the screens; the records themselves stand in the history. */
const finalKept = 1000;

const columns = 'position, id, author, seq, kind, state, code, height, created_ms';

function viewOf(row: Row): OutboxView {
  return {
    id: hexOf(row.id),
    kind: row.kind,
    author: addressOf(plain(row.author)),
    seq: row.seq,
    state: row.state,
    code: isErrorCode(row.code) ? row.code : null,
    height: row.height,
    createdMs: row.created_ms,
  };
}

export class Outbox {
  /** In the order in which they were handed in. */
  readonly #pending = new Map<string, Pending>();
  /** By author, by seq. */
  readonly #chains = new Map<string, Map<number, Pending>>();
  /** Refused at a door, not by a block: if one of them stands in a block after all, the block is right. */
  readonly #refused = new Set<string>();
  readonly #insert: Statement;
  readonly #settle: Statement;
  readonly #select: Statement;
  readonly #prune: Statement;
  readonly #selectForked: Statement;
  readonly #db: Db;
  readonly #authors: Authors;

  constructor(db: Db, authors: Authors) {
    this.#db = db;
    this.#authors = authors;
    this.#insert = db.prepare(
      `INSERT INTO outbox (id, author, seq, kind, bytes, state, created_ms) VALUES (?, ?, ?, ?, ?, 'pending', ?)
       ON CONFLICT (id) DO UPDATE SET state = 'pending', code = NULL, height = NULL`,
    );
    this.#settle = db.prepare('UPDATE outbox SET state = ?, code = ?, height = ? WHERE id = ?');
    this.#select = db.prepare(`SELECT ${columns} FROM outbox WHERE id = ?`);
    this.#selectForked = db.prepare("SELECT bytes FROM outbox WHERE id = ? AND code = 'record/forked'").pluck();
    this.#prune = db.prepare(
      `DELETE FROM outbox WHERE state = 'final'
       AND position < (SELECT position FROM outbox WHERE state = 'final' ORDER BY position DESC LIMIT 1 OFFSET ?)`,
    );
    this.reload();
  }

  /** Reads the pending entries again: at opening, and after a transaction of ours was rolled back. */
  reload(): void {
    this.#pending.clear();
    this.#chains.clear();
    this.#refused.clear();
    const refused = this.#db.prepare<[], Buffer>("SELECT id FROM outbox WHERE state = 'rejected' AND height IS NULL");
    for (const id of refused.pluck().all()) this.#refused.add(hexOf(id));
    const rows = this.#db
      .prepare("SELECT id, author, seq, bytes FROM outbox WHERE state = 'pending' ORDER BY position")
      .all();
    for (const { id, author, seq, bytes } of rows as { id: Buffer; author: Buffer; seq: number; bytes: Buffer }[]) {
      this.#hold({ id: hexOf(id), author: hexOf(author), seq, bytes: plain(bytes) });
    }
  }

  get size(): number {
    return this.#pending.size;
  }

  pending(): readonly Pending[] {
    return [...this.#pending.values()];
  }

  has(id: string): boolean {
    return this.#pending.has(id);
  }

  /** The end of an author's chain with all that is pending. */
  end(author: string): ChainEnd {
    let end = this.#authors.end(author);
    const chain = this.#chains.get(author);
    for (let next = chain?.get(end.seq + 1); next !== undefined; next = chain?.get(end.seq + 1)) {
      end = { seq: next.seq, last: fromHex(next.id) };
    }
    return end;
  }

  /** Whether a record continues its author's chain behind the pending ones. */
  judge(envelope: Envelope): Refusal | undefined {
    const author = hexOf(envelope.author);
    return judgeChain(this.end(author), envelope, (seq) => {
      const pending = this.#chains.get(author)?.get(seq);
      return pending === undefined ? this.#authors.idAt(author, seq) : fromHex(pending.id);
    });
  }

  /** Into the open transaction. */
  add({ id, author, seq, kind, bytes }: Envelope, createdMs: number): void {
    this.#insert.run(id, author, seq, kind, bytes, createdMs);
    this.#refused.delete(hexOf(id));
    this.#hold({ id: hexOf(id), author: hexOf(author), seq, bytes });
  }

  /** The pending record for an author's seq. */
  waitingAt(author: string, seq: number): Uint8Array | undefined {
    return this.#chains.get(author)?.get(seq)?.bytes;
  }

  /** An own record that was refused because another one of the same author stands in its place. */
  forked(id: string): Uint8Array | undefined {
    const found = this.#selectForked.get(blob(id)) as Buffer | undefined;
    return found === undefined ? undefined : plain(found);
  }

  view(id: string): OutboxView | undefined {
    const row = this.#select.get(blob(id)) as Row | undefined;
    return row === undefined ? undefined : viewOf(row);
  }

  /** Newest first. */
  list(author: string | undefined, limit: number): readonly OutboxView[] {
    const where = author === undefined ? '' : 'WHERE author = ?';
    const statement = this.#db.prepare(`SELECT ${columns} FROM outbox ${where} ORDER BY position DESC LIMIT ?`);
    const rows = author === undefined ? statement.all(limit) : statement.all(blob(author), limit);
    return (rows as Row[]).map(viewOf);
  }

  /** What a block's execution means for our own records; in the block's transaction. Answers whose state changed. */
  executed(records: readonly Executed[], height: number): readonly string[] {
    if (this.#pending.size === 0 && this.#refused.size === 0) return [];
    const changed: string[] = [];
    const touched = new Set<string>();
    for (const { incoming, verdict, isCounted } of records) {
      if (!isCounted || incoming.envelope === undefined) continue;
      touched.add(hexOf(incoming.envelope.author));
      const id = hexOf(incoming.id);
      if (!this.#pending.has(id) && !this.#refused.has(id)) continue;
      this.#close(id, verdict === 'ok' ? null : verdict, height);
      changed.push(id);
    }
    for (const author of touched) {
      const [oldest] = this.#chains.get(author)?.values() ?? [];
      // What stood there below a snapshot may be this very record.
      if (oldest !== undefined && this.#authors.idAt(author, oldest.seq) !== undefined)
        changed.push(...this.refuse(oldest.id, 'record/forked'));
    }
    if (changed.length > 0) this.#prune.run(finalKept);
    return changed;
  }

  /**
   * Own records that stand in the history already, though no block that was executed here said so: it was fetched again. What
   * stands below a snapshot is not known yet, and waits. Answers whose state changed.
   */
  settleKnown(): readonly string[] {
    const changed: string[] = [];
    this.#db.transaction(() => {
      for (const { id, author, seq } of this.pending()) {
        const standing = this.#authors.verdictAt(author, seq);
        if (standing === undefined || !this.#pending.has(id)) continue;
        const { verdict, height } = standing;
        if (hexOf(standing.id) !== id) changed.push(...this.refuse(id, 'record/forked'));
        else {
          this.#close(id, verdict === 'ok' ? null : verdict, height);
          changed.push(id);
        }
      }
    })();
    return changed;
  }

  /** Refused at the door: so are all later ones of its author, which can no longer follow anything. */
  refuse(id: string, code: ErrorCode): readonly string[] {
    const first = this.#pending.get(id);
    if (first === undefined) return [];
    const later = [...(this.#chains.get(first.author)?.values() ?? [])].filter(({ seq }) => seq > first.seq);
    this.#close(id, code, null);
    for (const { id: laterId } of later) this.#close(laterId, 'record/gap', null);
    return [id, ...later.map(({ id: laterId }) => laterId)];
  }

  #hold(entry: Pending): void {
    this.#pending.set(entry.id, entry);
    const chain = this.#chains.get(entry.author) ?? new Map<number, Pending>();
    chain.set(entry.seq, entry);
    this.#chains.set(entry.author, chain);
  }

  #close(id: string, code: ErrorCode | null, height: number | null): void {
    this.#settle.run(code === null ? 'final' : 'rejected', code, height, blob(id));
    if (height === null) this.#refused.add(id);
    else this.#refused.delete(id);
    const entry = this.#pending.get(id);
    if (entry === undefined) return;
    this.#pending.delete(id);
    const chain = this.#chains.get(entry.author);
    if (chain?.get(entry.seq) === entry) chain.delete(entry.seq);
    if (chain?.size === 0) this.#chains.delete(entry.author);
  }
}
