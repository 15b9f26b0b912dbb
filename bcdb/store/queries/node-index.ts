/**
 * Answers the capacity browser from memory: which nodes pass the filters, how many, how many each filter alone removes, and one
 * page in order. Whole bitmaps and few rows at a time, so that a million nodes are no more than some milliseconds.
 */
import type { NodeFilter, NodeSort } from '../../../core/query-views.ts';
import type { Farm, GridNode } from '../../state.ts';
import { type Bits, listRows } from './bits.ts';
import { type CursorPlace, filterText } from './cursor.ts';
import { classesOf, farmOrderText, judgesOf } from './farm-table.ts';
import { countFilters, type FilterGroup, type Outcome } from './filter-counts.ts';
import { fold } from './fold.ts';
import { columnOfSort, NodeColumns } from './node-columns.ts';
import { type GroupParts, nodeGroups, placePart } from './node-groups.ts';
import { type After, afterBits } from './page-after.ts';
import { pickPage } from './pick-page.ts';

export type NodesAsked = {
  readonly filter: NodeFilter;
  readonly sort: NodeSort;
  readonly descending: boolean;
  readonly limit: number;
  /** Where the page begins: so many rows from the first, or behind a row. */
  readonly from: { readonly offset: number } | { readonly after: After };
} & Pick<GroupParts, 'nowMs' | 'netOf'>;

export type NodesFound = {
  readonly rows: readonly number[];
  /** Nothing comes behind these rows. */
  readonly isLast: boolean;
  readonly count: number;
  readonly total: number;
  readonly removedBy: Readonly<Record<string, number>>;
};

/** Outcomes kept for whoever scrolls, until something changes. */
const keptOutcomes = 4;

type FarmPart = { readonly version: number; readonly words: number; readonly group: FilterGroup };

export class NodeIndex {
  readonly columns = new NodeColumns();
  readonly #farmParts = new Map<string, FarmPart>();
  readonly #outcomes = new Map<string, Outcome & { readonly version: number }>();
  readonly #pool: Bits[] = [];
  #lent = 0;
  /** Sets that nobody keeps any more: making new ones costs more than filling these. */
  #spare: Bits[] = [];

  putFarm(farm: Farm): void {
    this.columns.putFarm(farm);
  }

  putNode(node: GridNode): void {
    this.columns.putNode(node);
  }

  idOf(row: number): string {
    return this.columns.ids.hexOf(row);
  }

  /** The sort key of a node, as a cursor keeps it: a text where labels may be given out anew. */
  keyOf(sort: NodeSort, row: number): number | string {
    if (sort === 'farm') return farmOrderText(this.columns.farmOf(row).farm.name, this.columns.farmOf(row).farm.id);
    if (sort === 'city') return fold(this.columns.farmOf(row).farm.city);
    return this.columns.ready(columnOfSort[sort].of).read(row);
  }

  /** The place in an order that a cursor names. */
  afterOf(sort: NodeSort, { key, id }: CursorPlace): After {
    if (typeof key === 'number') return { value: key, isExact: true, id };
    const { names, cities } = this.columns.farms;
    const { label, isExact } = (sort === 'farm' ? names : cities).from(key);
    return { value: label, isExact, id };
  }

  find(asked: NodesAsked): NodesFound {
    const { columns } = this;
    const { bits, count, removedBy } = this.outcome(asked);
    const { of, isReversed = false } = columnOfSort[asked.sort];
    const ordering = {
      column: columns.ready(of),
      isDescending: asked.descending !== isReversed,
      ids: columns.ids,
      byId: columns.ready('id'),
    };
    const take = (): Bits => this.#take();
    const { limit, from } = asked;
    const page =
      'offset' in from
        ? { bits, count, offset: from.offset }
        : { ...this.#behind(bits, from.after, ordering), offset: 0 };
    const rows = pickPage(page.bits, page.count, ordering, { offset: page.offset, limit }, take);
    const isLast = page.offset + rows.length >= page.count;
    return { rows, isLast, count, total: columns.rows, removedBy };
  }

  #behind(
    bits: Bits,
    after: After,
    ordering: Parameters<typeof afterBits>[2],
  ): { readonly bits: Bits; readonly count: number } {
    return afterBits(bits, after, ordering, () => this.#take());
  }

  /** 1 for each farm with at least one of the nodes. */
  farmsOf({ bits, count }: Outcome): Uint8Array {
    const rows = new Uint32Array(count);
    listRows(bits, rows);
    const found = new Uint8Array(this.columns.farms.entries.length);
    for (let at = 0; at < count; at++) found[this.columns.farmAt(rows[at] ?? 0)] = 1;
    return found;
  }

  /** What passes the filters. Not to be changed. */
  outcome({ filter, nowMs, netOf }: Pick<NodesAsked, 'filter' | 'nowMs' | 'netOf'>): Outcome {
    this.#lent = 0;
    const { version } = this.columns;
    const isTimed = filter.minUptimeMs !== undefined || filter.maxUptimeMs !== undefined;
    const name = `${filterText(filter)} ${isTimed ? nowMs : ''}`;
    const kept = this.#outcomes.get(name);
    if (kept?.version === version) return kept;
    const groups = [
      ...this.#farmGroup(filter),
      ...nodeGroups(this.columns, filter, { nowMs, netOf, take: () => this.#take() }),
    ];
    const outcome = { ...countFilters(groups, this.columns.rows, this.#fresh(), () => this.#take()), version };
    this.#spare.push(...keep(this.#outcomes, name, outcome, keptOutcomes).map(({ bits }) => bits));
    return outcome;
  }

  /** The rows that pass all farm filters, and of each those that it alone lets fail. */
  #farmGroup(filter: NodeFilter): readonly FilterGroup[] {
    const { farms, words } = this.columns;
    const judges = judgesOf(farms, placePart(filter));
    if (judges.length === 0) return [];
    const name = filterText(
      Object.fromEntries(judges.map(({ name: each }) => [each, filter[each as keyof NodeFilter]])),
    );
    const kept = this.#farmParts.get(name);
    if (kept?.version === farms.version && kept.words === words) return [kept.group];
    const classes = classesOf(farms.entries.length, judges);
    const of = (wanted: number): Bits => this.columns.ofFarms(classes, wanted, this.#fresh());
    const pass = of(0);
    const filters = judges.map(({ name: each }, index) => ({
      name: each,
      only: judges.length === 1 ? undefined : of(index + 1),
    }));
    const part = { version: farms.version, words, group: { pass, filters } };
    const gone = keep(this.#farmParts, name, part, keptOutcomes);
    for (const { group } of gone) {
      this.#spare.push(group.pass, ...group.filters.flatMap(({ only }) => (only === undefined ? [] : [only])));
    }
    return [part.group];
  }

  /** A set to keep, with whatever in it. */
  #fresh(): Bits {
    const { words } = this.columns;
    const spare = this.#spare.pop();
    if (spare?.length === words) return spare;
    this.#spare = [];
    return new Uint32Array(words);
  }

  /** Lends a bitmap until the next question. */
  #take(): Bits {
    const { words } = this.columns;
    const at = this.#lent++;
    const free = this.#pool[at];
    if (free !== undefined && free.length === words) return free;
    const made = new Uint32Array(words);
    this.#pool[at] = made;
    return made;
  }
}

/** Keeps the newest few; returns what it no longer keeps. */
function keep<T>(kept: Map<string, T>, name: string, value: T, most: number): readonly T[] {
  const before = kept.get(name);
  kept.delete(name);
  const [oldest] = kept.size >= most ? kept.entries() : [];
  if (oldest !== undefined) kept.delete(oldest[0]);
  kept.set(name, value);
  return [...(before === undefined ? [] : [before]), ...(oldest === undefined ? [] : [oldest[1]])];
}
