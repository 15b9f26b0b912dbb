/** The state as plain maps with an undo journal: for tests, and as the naive model that the stored one is held to. */
import type { HistoryEntry, LedgerEntry, Objects, State, StateKind } from '../state.ts';

type Slot = { readonly value: unknown; readonly dueMs: number | null };
type Change = { readonly slot: string; readonly before: Slot | undefined };
type Mark = { readonly changes: number; readonly ledger: number; readonly history: number };

const kindOf = (slot: string): string => slot.slice(0, slot.indexOf('/'));
const keyOf = (slot: string): string => slot.slice(slot.indexOf('/') + 1);

/** `put` without a due time means: time does not change it. */
export class MemoryState implements State {
  readonly ledger: LedgerEntry[] = [];
  readonly history: HistoryEntry[] = [];
  readonly #slots = new Map<string, Slot>();
  readonly #changes: Change[] = [];
  readonly #marks: Mark[] = [];

  get<K extends StateKind>(kind: K, key: string): Objects[K] | undefined {
    return this.#slots.get(`${kind}/${key}`)?.value as Objects[K] | undefined;
  }

  put<K extends StateKind>(kind: K, key: string, value: Objects[K], dueMs: number | null = null): void {
    const slot = `${kind}/${key}`;
    if (this.#marks.length > 0) this.#changes.push({ slot, before: this.#slots.get(slot) });
    this.#slots.set(slot, { value, dueMs });
  }

  /** Everything of a kind, by key. */
  all<K extends StateKind>(kind: K): readonly Objects[K][] {
    const slots = [...this.#slots].filter(([slot]) => kindOf(slot) === kind);
    return slots.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, { value }]) => value as Objects[K]);
  }

  due(timeMs: number, limit: number): ReturnType<State['due']> {
    const due: { kind: 'contract' | 'node'; key: string; dueMs: number }[] = [];
    for (const [slot, { dueMs }] of this.#slots) {
      const kind = kindOf(slot);
      if (dueMs === null || dueMs > timeMs || (kind !== 'contract' && kind !== 'node')) continue;
      due.push({ kind, key: keyOf(slot), dueMs });
    }
    const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    due.sort((a, b) => a.dueMs - b.dueMs || order(a.kind, b.kind) || order(a.key, b.key));
    return due.slice(0, limit);
  }

  addLedger(entry: LedgerEntry): void {
    this.ledger.push(entry);
  }

  addHistory(entry: HistoryEntry): void {
    this.history.push(entry);
  }

  begin(): void {
    this.#marks.push({ changes: this.#changes.length, ledger: this.ledger.length, history: this.history.length });
  }

  commit(): void {
    this.#marks.pop();
    if (this.#marks.length === 0) this.#changes.length = 0;
  }

  undo(): void {
    const mark = this.#marks.pop();
    if (mark === undefined) return;
    for (const { slot, before } of this.#changes.splice(mark.changes).toReversed()) {
      if (before === undefined) this.#slots.delete(slot);
      else this.#slots.set(slot, before);
    }
    this.ledger.length = mark.ledger;
    this.history.length = mark.history;
  }
}
