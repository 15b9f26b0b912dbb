/**
 * The State of the rules over SQLite. During a block, changed objects live in an overlay with an undo journal; `flush`
 * writes them into the block's transaction, `settle` makes them the base of the next block once that committed, and
 * `drop` forgets them. Never commits by itself.
 */
import { AppError } from '../../core/errors.ts';
import type { HistoryEntry, LedgerEntry, Objects, State, StateKind } from '../state.ts';
import { decodeObject, encodeObject } from './codec.ts';
import { type ContractParts, createContractParts, splitContract } from './contract-parts.ts';
import { type CurrentTables, currentTables } from './current-tables.ts';
import { blob, type Db, plain, type RowWriter, rowWriter } from './database.ts';
import { type DueChanges, type DueTime, DueTimes } from './due-times.ts';
import { isKey } from './short-key.ts';

/** An object that the block changed, as it stands at the block's end. */
export type Changed = { readonly [K in StateKind]: ChangedOf<K> }[StateKind];
type ChangedOf<K extends StateKind> = { readonly kind: K; readonly key: string; readonly value: Objects[K] };

/** A changed object with the bytes that are hashed and stored. */
export type ChangedBytes = {
  readonly change: Changed;
  readonly bytes: Uint8Array;
  /** When time itself will change it; only contracts and nodes. */
  readonly dueMs: number | null;
};

/** What the entries of the step at hand belong to: a record's position in the history, or null for time itself. */
export type Cause = number | null;

type Undo = () => void;
type Mark = { readonly undos: number; readonly ledger: number; readonly history: number };
type Caused<T> = T & { readonly cause: Cause };

/** All that an executed block changed, taken out of the state until it may be committed. */
export type StateWork = {
  readonly overlay: Map<string, Changed>;
  readonly due: DueChanges;
  readonly ledger: Caused<LedgerEntry>[];
  readonly history: Caused<HistoryEntry>[];
};

/** Decoded objects kept between blocks. */
const cacheSize = 50_000;

/** The one object of its kind has the key `grid`, stored as no bytes. */
const keyBlob = (key: string): Buffer => (key === 'grid' ? Buffer.alloc(0) : blob(key));

const idOf = (kind: StateKind, key: string): string => `${kind}:${key}`;

export class SqlState implements State {
  readonly #tables: CurrentTables;
  readonly #due: DueTimes;
  readonly #parts: ContractParts;
  #overlay = new Map<string, Changed>();
  readonly #cache = new Map<string, Changed>();
  #undos: Undo[] = [];
  #marks: Mark[] = [];
  #ledger: Caused<LedgerEntry>[] = [];
  #history: Caused<HistoryEntry>[] = [];
  #cause: Cause = null;
  #positions: { ledger: number; history: number };
  readonly #insertLedger: RowWriter;
  readonly #insertHistory: RowWriter;
  readonly #insertVersions: RowWriter;
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
    this.#tables = currentTables(db);
    this.#due = new DueTimes(db);
    this.#parts = createContractParts(db);
    this.#insertLedger = rowWriter(db, 'INSERT INTO ledger VALUES', 11);
    this.#insertHistory = rowWriter(db, 'INSERT INTO history VALUES', 8);
    this.#insertVersions = rowWriter(db, 'INSERT INTO versions (kind, key, height, value, due_ms) VALUES', 5);
    this.#positions = this.#readPositions();
  }

  #readPositions(): { ledger: number; history: number } {
    // Above a snapshot, far beyond what stands below it: that may come later, under its own positions.
    const first = "CASE WHEN EXISTS (SELECT 1 FROM meta WHERE name = 'floor') THEN 1099511627776 ELSE 0 END";
    const last = (table: 'ledger' | 'history'): number =>
      this.#db.prepare<[], number>(`SELECT max(${first}, coalesce(max(position), 0)) FROM ${table}`).pluck().get() ?? 0;
    return { ledger: last('ledger'), history: last('history') };
  }

  get<K extends StateKind>(kind: K, key: string): Objects[K] | undefined {
    const id = idOf(kind, key);
    const held = this.#overlay.get(id) ?? this.#cache.get(id);
    if (held !== undefined) return held.value as Objects[K];
    const bytes = this.#tables.read(kind, key);
    if (bytes === undefined) return undefined;
    const value = decodeObject(kind, bytes);
    this.#keep(id, { kind, key, value } as Changed);
    return value;
  }

  put<K extends StateKind>(kind: K, key: string, value: Objects[K], dueMs?: number | null): void {
    const id = idOf(kind, key);
    const before = this.#overlay.get(id);
    this.#journal(() => (before === undefined ? this.#overlay.delete(id) : this.#overlay.set(id, before)));
    this.#overlay.set(id, { kind, key, value } as Changed);
    if (kind !== 'contract' && kind !== 'node') return;
    const undo = this.#due.set(kind, key, dueMs ?? null);
    if (undo !== undefined) this.#journal(undo);
  }

  due(timeMs: number, limit: number): readonly DueTime[] {
    return this.#due.due(timeMs, limit);
  }

  addLedger(entry: LedgerEntry): void {
    this.#ledger.push({ ...entry, cause: this.#cause });
  }

  addHistory(entry: HistoryEntry): void {
    // An account's life is its statement: every line of it would stand here a second time.
    if (entry.object === 'account') return;
    this.#history.push({ ...entry, cause: this.#cause });
  }

  begin(): void {
    this.#marks.push({ undos: this.#undos.length, ledger: this.#ledger.length, history: this.#history.length });
  }

  commit(): void {
    if (this.#marks.pop() === undefined) throw new Error('commit without begin');
    if (this.#marks.length === 0) this.#undos = [];
  }

  undo(): void {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new Error('undo without begin');
    while (this.#undos.length > mark.undos) this.#undos.pop()?.();
    this.#ledger.length = mark.ledger;
    this.#history.length = mark.history;
  }

  #journal(undo: Undo): void {
    if (this.#marks.length > 0) this.#undos.push(undo);
  }

  /** Says which record the following entries belong to. */
  causedBy(cause: Cause): void {
    this.#cause = cause;
  }

  /** The earliest due time of all. */
  nextDueMs(): number | undefined {
    return this.due(Number.MAX_SAFE_INTEGER, 1)[0]?.dueMs;
  }

  /** All objects that the block changed, by (kind, key), encoded. */
  changed(): readonly ChangedBytes[] {
    return [...this.#overlay.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, change]) => ({ change, bytes: encodeObject(change.value), dueMs: this.#dueOf(change) }));
  }

  #dueOf({ kind, key }: Changed): number | null {
    if (kind !== 'contract' && kind !== 'node') return null;
    return this.#due.of(kind, key);
  }

  /** Takes an executed block's changes away: everybody sees the committed state again. */
  detach(): StateWork {
    const work = { overlay: this.#overlay, due: this.#due.detach(), ledger: this.#ledger, history: this.#history };
    this.#forget();
    return work;
  }

  /** Brings them back, to be flushed. What is attached stays as it is, also when that fails. */
  attach({ overlay, due, ledger, history }: StateWork): void {
    this.#overlay = overlay;
    this.#due.attach(due);
    this.#ledger = ledger;
    this.#history = history;
  }

  /** Writes the block's changes and entries into the open transaction. */
  flush(changes: readonly ChangedBytes[], height: number, timeMs: number): void {
    this.#flushLedger(height, timeMs);
    this.#due.flush();
    this.#insertHistory(
      this.#history.map(({ object, id, cause, what, detail }) => [
        ++this.#positions.history,
        object,
        blob(id),
        height,
        timeMs,
        cause,
        what,
        detail,
      ]),
    );
    const stored = changes.map(({ change, bytes, dueMs }) => ({
      change,
      dueMs,
      stored: change.kind === 'contract' ? this.#parts.store(splitContract(change.value)) : bytes,
    }));
    this.#insertVersions(
      stored.map((one) => [one.change.kind, keyBlob(one.change.key), height, one.stored, one.dueMs]),
    );
    this.#tables.write(stored);
  }

  /** A statement line carries the balance after it: the one before the block, and every delta since. */
  #flushLedger(height: number, timeMs: number): void {
    const running = new Map<string, bigint>();
    const lines = this.#ledger.map(({ account, reason, delta, counterparty, contract, memo, cause }) => {
      const balance = (running.get(account) ?? this.#balanceBefore(account)) + delta;
      running.set(account, balance);
      return [
        ++this.#positions.ledger,
        blob(account),
        height,
        timeMs,
        reason,
        delta,
        balance,
        counterparty === null ? null : blob(counterparty),
        contract === null ? null : blob(contract),
        cause,
        memo,
      ];
    });
    this.#insertLedger(lines);
    for (const [account, balance] of running) {
      const is = this.get('account', account)?.balance ?? 0n;
      if (is !== balance) throw new AppError('replica/corrupt', `statement of ${account}: ${balance}, balance ${is}`);
    }
  }

  /** An object as it was before the block at hand; to be asked before `flush`. */
  before(kind: StateKind, key: string): Changed | undefined {
    const cached = this.#cache.get(idOf(kind, key));
    if (cached !== undefined) return cached;
    const bytes = this.#tables.read(kind, key);
    return bytes === undefined ? undefined : ({ kind, key, value: decodeObject(kind, bytes) } as Changed);
  }

  #balanceBefore(account: string): bigint {
    const cached = this.#cache.get(idOf('account', account));
    if (cached?.kind === 'account') return cached.value.balance;
    const bytes = this.#tables.read('account', account);
    return bytes === undefined ? 0n : decodeObject('account', bytes).balance;
  }

  /** After the block's transaction committed. Returns what changed. */
  settle(): readonly Changed[] {
    const changes = [...this.#overlay.values()];
    for (const [id, change] of this.#overlay) this.#keep(id, change);
    this.#forget();
    return changes;
  }

  /** After the block's transaction rolled back. */
  drop(): void {
    this.#forget();
    this.#positions = this.#readPositions();
  }

  #forget(): void {
    this.#overlay = new Map();
    this.#due.drop();
    this.#undos = [];
    this.#marks = [];
    this.#ledger = [];
    this.#history = [];
    this.#cause = null;
  }

  #keep(id: string, change: Changed): void {
    this.#cache.delete(id);
    this.#cache.set(id, change);
    if (this.#cache.size <= cacheSize) return;
    const [oldest] = this.#cache.keys();
    if (oldest !== undefined) this.#cache.delete(oldest);
  }
}

/** The object's bytes at a height, straight from its versions. */
export function versionReader(db: Db): (kind: StateKind, key: string, height: number) => Uint8Array | undefined {
  const select = db
    .prepare<[string, Buffer, Buffer, number], Buffer>(
      `SELECT value FROM versions WHERE kind = ? AND ${isKey('key')} AND height <= ? ORDER BY height DESC LIMIT 1`,
    )
    .pluck();
  const parts = createContractParts(db);
  return (kind, key, height) => {
    const bytes = keyBlob(key);
    const found = select.get(kind, bytes, bytes, height);
    if (found === undefined) return undefined;
    return kind === 'contract' ? parts.join(plain(found)) : plain(found);
  };
}
