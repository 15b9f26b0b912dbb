/**
 * Answers the capacity browser from memory: which nodes pass the filters, how many, how many each filter alone removes, and one
 * page in order. Whole bitmaps and few rows at a time, so that a million nodes are no more than some milliseconds.
 */
import type { NodeFilter, NodeSort } from '../../../core/query-views.ts';
import type { Farm, GridNode } from '../../state.ts';
import { addTo, type Bits, fillAll, listRows, without } from './bits.ts';
import { type CursorPlace, filterText } from './cursor.ts';
import { classesOf, farmOrderText, highestPrice, judgesOf } from './farm-table.ts';
import { countFilters, type FilterGroup, type Outcome } from './filter-counts.ts';
import { columnOfSort, NodeColumns, type NodeNumber, neverUp } from './node-columns.ts';
import { type After, afterBits } from './page-after.ts';
import { pickPage } from './pick-page.ts';

export type NodesAsked = {
  readonly filter: NodeFilter;
  readonly sort: NodeSort;
  readonly descending: boolean;
  readonly limit: number;
  /** Where the page begins: so many rows from the first, or behind a row. */
  readonly from: { readonly offset: number } | { readonly after: After };
  /** Time of the last block: what "up for" is measured by. */
  readonly nowMs: number;
  /** The transport key of a node, for the few that may have the wanted one. */
  readonly netOf: (id: string) => string | undefined;
};

export type NodesFound = {
  readonly rows: readonly number[];
  /** Nothing comes behind these rows. */
  readonly isLast: boolean;
  readonly count: number;
  readonly total: number;
  readonly removedBy: Readonly<Record<string, number>>;
};

/** "At least" filters by the column they look at. */
const atLeast = {
  freeCruMilli: 'freeCru',
  freeMruBytes: 'freeMru',
  freeSruBytes: 'freeSru',
  freeHruBytes: 'freeHru',
  totalCruMilli: 'totalCru',
  totalMruBytes: 'totalMru',
  totalSruBytes: 'totalSru',
  totalHruBytes: 'totalHru',
  createdFromMs: 'created',
  seenFromMs: 'lastSeen',
} as const satisfies { readonly [F in keyof NodeFilter]?: NodeNumber };

const atMost = { createdToMs: 'created', seenToMs: 'lastSeen' } as const satisfies {
  readonly [F in keyof NodeFilter]?: NodeNumber;
};

/** Prices that a number holds exactly are ranges of the nodes' columns; farms are judged by all others. */
const prices = {
  minCuHourStroops: { of: 'cu', isLeast: true },
  maxCuHourStroops: { of: 'cu', isLeast: false },
  minSuHourStroops: { of: 'su', isLeast: true },
  maxSuHourStroops: { of: 'su', isLeast: false },
} as const satisfies { readonly [F in keyof NodeFilter]?: { readonly of: NodeNumber; readonly isLeast: boolean } };
const priceNames = Object.keys(prices) as (keyof typeof prices)[];
const isExact = (stroops: bigint): boolean => stroops < highestPrice;

/** What is left for the farms to be judged by. */
const placePart = (filter: NodeFilter): NodeFilter =>
  Object.fromEntries(
    Object.entries(filter).filter(
      ([name, value]) => !(name in prices) || (value !== undefined && !isExact(value as bigint)),
    ),
  );

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
    if (sort === 'city') return this.columns.farmOf(row).city;
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
    this.#lent = 0;
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
    const { version } = this.columns;
    const isTimed = filter.minUptimeMs !== undefined || filter.maxUptimeMs !== undefined;
    const name = `${filterText(filter)} ${isTimed ? nowMs : ''}`;
    const kept = this.#outcomes.get(name);
    if (kept?.version === version) return kept;
    const groups = [...this.#farmGroup(filter), ...this.#nodeGroups(filter, nowMs, netOf)];
    const outcome = { ...countFilters(groups, this.columns.rows, this.#fresh(), () => this.#take()), version };
    this.#spare.push(...keep(this.#outcomes, name, outcome, keptOutcomes).map(({ bits }) => bits));
    return outcome;
  }

  /** The rows that pass all farm filters, and of each those that it alone lets fail. */
  #farmGroup(filter: NodeFilter): readonly FilterGroup[] {
    const judges = judgesOf(placePart(filter));
    if (judges.length === 0) return [];
    const { farms, rows, words } = this.columns;
    const name = filterText(
      Object.fromEntries(judges.map(({ name: each }) => [each, filter[each as keyof NodeFilter]])),
    );
    const kept = this.#farmParts.get(name);
    if (kept?.version === farms.version && kept.words === words) return [kept.group];
    const classes = classesOf(farms.entries, judges);
    const of = (index: number, into: Bits): Bits => this.columns.addFarms((at) => classes[at] === index, into);
    const passing = classes.reduce((sum, each, at) => (each === 0 ? sum + (farms.rows[at]?.length ?? 0) : sum), 0);
    const pass = this.#fresh();
    // Most pass: begin with all, take the others out.
    if (passing * 2 <= rows) of(0, pass);
    else {
      const failing = this.columns.addFarms((at) => classes[at] !== 0, this.#take().fill(0));
      without(pass, fillAll(pass, rows), failing);
    }
    const filters = judges.map(({ name: each }, index) => ({
      name: each,
      only: judges.length === 1 ? undefined : of(index + 1, this.#fresh()),
    }));
    const part = { version: farms.version, words, group: { pass, filters } };
    const gone = keep(this.#farmParts, name, part, keptOutcomes);
    for (const { group } of gone) {
      this.#spare.push(group.pass, ...group.filters.flatMap(({ only }) => (only === undefined ? [] : [only])));
    }
    return [part.group];
  }

  #nodeGroups(filter: NodeFilter, nowMs: number, netOf: NodesAsked['netOf']): readonly FilterGroup[] {
    const { columns } = this;
    const { rows, words } = columns;
    const groups: FilterGroup[] = [];
    const add = (name: keyof NodeFilter, pass: Bits): void =>
      void groups.push({ pass, filters: [{ name, only: undefined }] });
    const from = (of: NodeNumber, value: number): Bits => columns.ready(of).atLeast(value, this.#take());
    const below = (of: NodeNumber, value: number): Bits => {
      const bits = from(of, value);
      return without(bits, fillAll(this.#take(), rows), bits);
    };
    for (const [name, of] of Object.entries(atLeast) as [keyof typeof atLeast, NodeNumber][]) {
      if (filter[name] !== undefined) add(name, from(of, filter[name]));
    }
    for (const [name, of] of Object.entries(atMost) as [keyof typeof atMost, NodeNumber][]) {
      if (filter[name] !== undefined) add(name, below(of, filter[name] + 1));
    }
    for (const name of priceNames) {
      const value = filter[name];
      if (value === undefined || !isExact(value)) continue;
      const { of, isLeast } = prices[name];
      add(name, isLeast ? from(of, Number(value)) : below(of, Number(value) + 1));
    }
    const { status, hasWorkloads, minUptimeMs, maxUptimeMs, features, agentVersion, nodes, excluded, net } = filter;
    if (status !== undefined) add('status', status === 'up' ? from('status', 1) : below('status', 1));
    if (hasWorkloads !== undefined) add('hasWorkloads', hasWorkloads ? from('contracts', 1) : below('contracts', 1));
    // Up for at least so long: came up at or before then. Who is down has been up for 0.
    if (minUptimeMs !== undefined)
      add('minUptimeMs', below('upSince', minUptimeMs === 0 ? neverUp + 1 : nowMs - minUptimeMs + 1));
    if (maxUptimeMs !== undefined) add('maxUptimeMs', from('upSince', nowMs - maxUptimeMs));
    if (features !== undefined) {
      const wanted = features.map((feature) => `\n${feature}\n`);
      const judge = (value: string): boolean => wanted.every((each) => value.includes(each));
      add('features', columns.features.passing(wanted.join(), judge, rows, words));
    }
    if (agentVersion !== undefined) {
      add(
        'agentVersion',
        columns.agents.passing(agentVersion, (value) => value.startsWith(agentVersion), rows, words),
      );
    }
    if (nodes !== undefined) add('nodes', this.#listed(nodes));
    if (excluded !== undefined)
      add('excluded', without(this.#take(), fillAll(this.#take(), rows), this.#listed(excluded)));
    if (net !== undefined) add('net', this.#withNet(net, netOf));
    return groups;
  }

  #listed(ids: readonly string[]): Bits {
    const bits = this.#take().fill(0);
    for (const id of ids) {
      const row = this.columns.ids.find(id);
      if (row !== undefined) addTo(bits, row);
    }
    return bits;
  }

  #withNet(net: string, netOf: NodesAsked['netOf']): Bits {
    const bits = this.#take().fill(0);
    const prefix = Number.parseInt(net.slice(0, 8), 16);
    for (let row = 0; row < this.columns.rows; row++) {
      if (this.columns.netPrefixOf(row) === prefix && netOf(this.idOf(row)) === net) addTo(bits, row);
    }
    return bits;
  }

  /** An empty set to keep. */
  #fresh(): Bits {
    const { words } = this.columns;
    const spare = this.#spare.pop();
    if (spare?.length === words) return spare.fill(0);
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
