/**
 * When time itself will change an object, over SQLite: what the block at hand changes lives in an overlay with an undo
 * journal of its caller's, and is written with the block. Finds the earliest in logarithmic time, as time passes one
 * change after the other.
 */
import { blob, type Db, hexOf, type Statement } from './database.ts';

export type DueKind = 'contract' | 'node';

/** An object and its time; null: time does not change it. */
type Due = { readonly kind: DueKind; readonly key: string; readonly dueMs: number | null };
export type DueTime = Due & { readonly dueMs: number };

/** What a block changed, by object. */
export type DueChanges = ReadonlyMap<string, Due>;

type Row = { kind: DueKind; key: Buffer; due_ms: number };

const beforeAll: DueTime = { kind: 'contract', key: '', dueMs: -1 };
const idOf = (kind: DueKind, key: string): string => `${kind}:${key}`;
const timeOf = ({ kind, key, dueMs }: Due): DueTime | undefined => (dueMs === null ? undefined : { kind, key, dueMs });

/** The order in which time passes: by time, kind, key. */
function compare(a: DueTime, b: DueTime): number {
  if (a.dueMs !== b.dueMs) return a.dueMs - b.dueMs;
  const [left, right] = [idOf(a.kind, a.key), idOf(b.kind, b.key)];
  return left < right ? -1 : left > right ? 1 : 0;
}

export class DueTimes {
  #changes = new Map<string, Due>();
  /** A binary heap of changed times, the earliest first; those that were changed again are thrown out as they come up. */
  #heap: DueTime[] = [];
  /** Every stored time up to this one was changed. */
  #passed: DueTime = beforeAll;
  readonly #selectOne: Statement;
  readonly #selectAfter: Statement;
  readonly #upsert: Statement;
  readonly #delete: Statement;

  constructor(db: Db) {
    this.#selectOne = db.prepare('SELECT due_ms FROM due WHERE kind = ? AND key = ?').pluck();
    this.#selectAfter = db.prepare(
      `SELECT kind, key, due_ms FROM due WHERE (due_ms, kind, key) > (?, ?, ?) AND due_ms <= ?
       ORDER BY due_ms, kind, key`,
    );
    this.#upsert = db.prepare(
      'INSERT INTO due VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET due_ms = excluded.due_ms',
    );
    this.#delete = db.prepare('DELETE FROM due WHERE kind = ? AND key = ?');
  }

  /** An object's time, the block's changes included. */
  of(kind: DueKind, key: string): number | null {
    const changed = this.#changes.get(idOf(kind, key));
    return changed === undefined
      ? ((this.#selectOne.get(kind, blob(key)) as number | undefined) ?? null)
      : changed.dueMs;
  }

  /** Answers how to undo it; undefined when nothing changed. */
  set(kind: DueKind, key: string, dueMs: number | null): (() => void) | undefined {
    const id = idOf(kind, key);
    const before = this.#changes.get(id);
    if (this.of(kind, key) === dueMs) return undefined;
    this.#change(id, { kind, key, dueMs });
    return () => {
      if (before !== undefined) {
        this.#change(id, before);
        return;
      }
      this.#changes.delete(id);
      this.#passed = beforeAll;
    };
  }

  #change(id: string, due: Due): void {
    this.#changes.set(id, due);
    const time = timeOf(due);
    if (time !== undefined) push(this.#heap, time);
  }

  /** Those due at or before `timeMs`, in the order in which time passes. */
  due(timeMs: number, limit: number): readonly DueTime[] {
    const changed =
      limit === 1 ? this.#earliestChanged() : [...this.#changes.values()].flatMap((due) => timeOf(due) ?? []);
    return [...this.#stored(timeMs, limit), ...changed.filter(({ dueMs }) => dueMs <= timeMs)]
      .sort(compare)
      .slice(0, limit);
  }

  #earliestChanged(): readonly DueTime[] {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#changes.get(idOf(first.kind, first.key))?.dueMs === first.dueMs) return [first];
      pop(this.#heap);
    }
    return [];
  }

  /** Stored times that the block did not change. */
  #stored(timeMs: number, limit: number): readonly DueTime[] {
    const found: DueTime[] = [];
    const { kind, key, dueMs } = this.#passed;
    const rows = this.#selectAfter.iterate(dueMs, kind, blob(key), timeMs) as Iterable<Row>;
    for (const row of rows) {
      const stored = { kind: row.kind, key: hexOf(row.key), dueMs: row.due_ms };
      if (!this.#changes.has(idOf(stored.kind, stored.key))) found.push(stored);
      else if (found.length === 0) this.#passed = stored;
      if (found.length >= limit) break;
    }
    return found;
  }

  /** Writes the changes into the open transaction. */
  flush(): void {
    for (const { kind, key, dueMs } of this.#changes.values()) {
      if (dueMs === null) this.#delete.run(kind, blob(key));
      else this.#upsert.run(kind, blob(key), dueMs);
    }
  }

  /** Takes the changes away; `attach` brings them back to be flushed. */
  detach(): DueChanges {
    const changes = this.#changes;
    this.drop();
    return changes;
  }

  attach(changes: DueChanges): void {
    this.drop();
    for (const [id, due] of changes) this.#change(id, due);
  }

  drop(): void {
    this.#changes = new Map();
    this.#heap = [];
    this.#passed = beforeAll;
  }
}

function push(heap: DueTime[], time: DueTime): void {
  let at = heap.length;
  heap.push(time);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || compare(above, time) <= 0) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = time;
}

/** Takes the earliest off. */
function pop(heap: DueTime[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
    if (left === undefined) break;
    const child = right !== undefined && compare(right, left) < 0 ? 2 * at + 2 : 2 * at + 1;
    const below = heap[child];
    if (below === undefined || compare(last, below) <= 0) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = last;
}
