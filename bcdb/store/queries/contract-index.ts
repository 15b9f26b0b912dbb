/**
 * All contracts in memory for their list: state and time of recording, by row number of the table. Who and what a contract is
 * about, and its title, are looked up in SQLite's own indexes, question by question.
 */
import { keyOf } from '../../../core/keys.ts';
import type { ContractFilter } from '../../../core/query-views.ts';
import type { ContractState } from '../../../core/views.ts';
import { blob, type Db } from '../database.ts';
import { addTo, type Bits, countOf, fillAll, isIn, keepIn, without } from './bits.ts';
import { CodeColumn } from './code-column.ts';
import { countFilters, type FilterGroup, type Outcome } from './filter-counts.ts';
import { prefixWords } from './fold.ts';
import type { Numbers } from './numbers.ts';
import { RangeColumn, wordsWithRoom } from './range-column.ts';

export type ContractRow = { readonly position: number; readonly state: ContractState; readonly recordedMs: number };

type Found = { readonly name: keyof ContractFilter; readonly positions: readonly number[] };

export class ContractIndex {
  readonly #find: (filter: ContractFilter) => readonly Found[];
  readonly #states = new CodeColumn();
  readonly #recorded: Numbers = { values: new Float64Array(0) };
  readonly #byTime = new RangeColumn(this.#recorded);
  /** The row numbers that are contracts. */
  #known: Bits = new Uint32Array(0);
  #rows = 0;

  constructor(db: Db) {
    this.#find = finder(db);
  }

  put({ position, state, recordedMs }: ContractRow): void {
    this.#grow(position);
    const isNew = !isIn(this.#known, position);
    this.#rows = Math.max(this.#rows, position + 1);
    this.#states.put(position, state, isNew);
    const before = isNew ? undefined : this.#recorded.values[position];
    this.#recorded.values[position] = recordedMs;
    this.#byTime.move(position, before, recordedMs);
    addTo(this.#known, position);
  }

  #grow(position: number): void {
    if (position < this.#known.length * 32) return;
    const words = wordsWithRoom(Math.ceil(position * 1.25));
    const known = new Uint32Array(words);
    known.set(this.#known);
    this.#known = known;
    const recorded = new Float64Array(words * 32);
    recorded.set(this.#recorded.values);
    this.#recorded.values = recorded;
    this.#states.reserve(words * 32);
    this.#byTime.grow(words);
  }

  /** Which contracts pass, and how many there are in all. */
  find(filter: ContractFilter): Outcome & { readonly total: number } {
    const words = this.#known.length;
    const take = (): Bits => new Uint32Array(words);
    // Row numbers without a contract fail nothing, so that no filter is said to have removed them.
    const holes = without(take(), fillAll(take(), words * 32), this.#known);
    const groups: FilterGroup[] = [];
    const add = (name: keyof ContractFilter, pass: Bits): void => {
      for (let at = 0; at < words; at++) pass[at] = (pass[at] ?? 0) | (holes[at] ?? 0);
      groups.push({ pass, filters: [{ name, only: undefined }] });
    };
    const { states, recordedFromMs, recordedToMs } = filter;
    if (states !== undefined) {
      const wanted = new Set<string>(states);
      const judge = (state: string): boolean => wanted.has(state);
      add('states', this.#states.passing([...states].sort().join(), judge, this.#rows, words).slice());
    }
    if (!this.#byTime.isBuilt || this.#byTime.isStale) this.#byTime.build(this.#rows, words);
    if (recordedFromMs !== undefined) add('recordedFromMs', this.#byTime.atLeast(recordedFromMs, take()));
    if (recordedToMs !== undefined) {
      const later = this.#byTime.atLeast(recordedToMs + 1, take());
      add('recordedToMs', without(take(), fillAll(take(), words * 32), later));
    }
    for (const { name, positions } of this.#find(filter)) {
      const pass = take();
      for (const position of positions) if (position < this.#rows) addTo(pass, position);
      add(name, pass);
    }
    const outcome = countFilters(groups, words * 32, take(), take);
    const bits = keepIn(outcome.bits, this.#known);
    return { ...outcome, bits, count: countOf(bits), total: countOf(this.#known) };
  }
}

function finder(db: Db): (filter: ContractFilter) => readonly Found[] {
  const byRole = db
    .prepare<[string, Uint8Array], number>('SELECT contract FROM contract_roles WHERE role = ? AND key = ?')
    .pluck();
  const byFarm = db
    .prepare<[Buffer], number>(
      `SELECT r.contract FROM nodes n JOIN contract_roles r ON r.role = 'node' AND r.key = n.key WHERE n.farm = ?`,
    )
    .pluck();
  const byKey = db.prepare<[Buffer], number>('SELECT position FROM contracts WHERE key = ?').pluck();
  const byTitle = db
    .prepare<[string], number>('SELECT rowid FROM contract_titles WHERE contract_titles MATCH ?')
    .pluck();
  return ({ contracts, party, node, farm, farmer, title }) => {
    const words = title === undefined ? undefined : prefixWords(title);
    const found: Found[] = [];
    if (contracts !== undefined) {
      found.push({ name: 'contracts', positions: contracts.flatMap((id) => byKey.get(blob(id)) ?? []) });
    }
    if (party !== undefined) found.push({ name: 'party', positions: byRole.all('party', keyOf(party)) });
    if (node !== undefined) found.push({ name: 'node', positions: byRole.all('node', blob(node)) });
    if (farmer !== undefined) found.push({ name: 'farmer', positions: byRole.all('farmer', keyOf(farmer)) });
    if (farm !== undefined) found.push({ name: 'farm', positions: byFarm.all(blob(farm)) });
    if (words !== undefined) found.push({ name: 'title', positions: byTitle.all(words) });
    return found;
  };
}

/** The rows of a set from the highest on, below `before`. */
export function newestOf(bits: Bits, before: number, limit: number): readonly number[] {
  const found: number[] = [];
  for (let row = Math.min(before, bits.length * 32) - 1; row >= 0 && found.length < limit; row--) {
    if (bits[row >>> 5] === 0) row &= ~31;
    else if (isIn(bits, row)) found.push(row);
  }
  return found;
}
