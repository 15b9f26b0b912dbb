/**
 * All nodes as columns in memory, for the capacity browser: one pass answers which nodes pass the filters and how many
 * each filter alone removes. Farms are judged once each, nodes by their farm's outcome and their own numbers.
 * Holds only what is filtered and sorted by; everything shown is read from the state.
 */
import type { NodeFilter, NodeSort } from '../../../core/views.ts';
import type { Farm, GridNode } from '../../state.ts';
import { type Order, selectPage } from './select-page.ts';

/** Bits that a failed filter sets, one each. */
const bits = {
  freeCruMilli: 1,
  freeMruBytes: 2,
  freeSruBytes: 4,
  freeHruBytes: 8,
  status: 16,
  country: 32,
  city: 64,
  farmName: 128,
  farm: 256,
  maxCuHourStroops: 512,
} as const satisfies Record<keyof NodeFilter, number>;

const maskCount = 1024;

/** What the index keeps of a node; the columns of table `nodes`. */
export type NodeRow = {
  readonly id: string;
  readonly farm: string;
  readonly freeCruMilli: number;
  readonly freeMruBytes: number;
  readonly freeSruBytes: number;
  readonly freeHruBytes: number;
  readonly isUp: boolean;
  readonly lastSeenMs: number;
};

export const nodeRowOf = ({ id, farm, capacity, used, isUp, lastSeenMs }: GridNode): NodeRow => ({
  id,
  farm,
  freeCruMilli: capacity.cruMilli - used.cruMilli,
  freeMruBytes: capacity.mruBytes - used.mruBytes,
  freeSruBytes: capacity.sruBytes - used.sruBytes,
  freeHruBytes: capacity.hruBytes - used.hruBytes,
  isUp,
  lastSeenMs,
});

type Columns = {
  readonly freeCru: Float64Array;
  readonly freeMru: Float64Array;
  readonly freeSru: Float64Array;
  readonly freeHru: Float64Array;
  readonly lastSeen: Float64Array;
  /** The first 48 bits of the id: orders ids by numbers. */
  readonly idPrefix: Float64Array;
  readonly isUp: Uint8Array;
  readonly farm: Uint32Array;
};

const columnsFor = (size: number): Columns => ({
  freeCru: new Float64Array(size),
  freeMru: new Float64Array(size),
  freeSru: new Float64Array(size),
  freeHru: new Float64Array(size),
  lastSeen: new Float64Array(size),
  idPrefix: new Float64Array(size),
  isUp: new Uint8Array(size),
  farm: new Uint32Array(size),
});

/** The outcome of a query: ids of the page, and counts. */
export type NodesFound = {
  readonly ids: readonly string[];
  readonly count: number;
  readonly total: number;
  readonly removedBy: Readonly<Record<string, number>>;
};

/** Rows that pass all filters, in any order, and how many fail by each set of filters. */
type Passed = { readonly passing: Uint32Array; readonly failures: Uint32Array };

export type NodesAsked = {
  readonly filter: NodeFilter;
  readonly sort: NodeSort;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
};

export class NodeIndex {
  readonly #ids: string[] = [];
  readonly #byId = new Map<string, number>();
  readonly #farms: Farm[] = [];
  readonly #farmById = new Map<string, number>();
  #columns = columnsFor(1024);
  #farmRanks: Float64Array | undefined;
  /** The last filter's outcome: whoever scrolls asks for it page by page. */
  #passed: (Passed & { readonly filter: string }) | undefined;

  putFarm(farm: Farm): void {
    this.#passed = undefined;
    const known = this.#farmById.get(farm.id);
    const at = known ?? this.#farms.length;
    this.#farmById.set(farm.id, at);
    this.#farms[at] = farm;
    this.#farmRanks = undefined;
  }

  /** A node's farm must be known before. */
  putNode(row: NodeRow): void {
    this.#passed = undefined;
    const known = this.#byId.get(row.id);
    const at = known ?? this.#ids.length;
    if (known === undefined) {
      this.#ids.push(row.id);
      this.#byId.set(row.id, at);
      if (at >= this.#columns.isUp.length) this.#grow();
    }
    const columns = this.#columns;
    columns.freeCru[at] = row.freeCruMilli;
    columns.freeMru[at] = row.freeMruBytes;
    columns.freeSru[at] = row.freeSruBytes;
    columns.freeHru[at] = row.freeHruBytes;
    columns.lastSeen[at] = row.lastSeenMs;
    columns.idPrefix[at] = Number.parseInt(row.id.slice(0, 12), 16);
    columns.isUp[at] = row.isUp ? 1 : 0;
    columns.farm[at] = this.#farmById.get(row.farm) ?? 0;
  }

  #grow(): void {
    const before = this.#columns;
    const grown = columnsFor(before.isUp.length * 2);
    for (const name of Object.keys(before) as (keyof Columns)[]) grown[name].set(before[name]);
    this.#columns = grown;
  }

  /** `farmsNamed`: ids of the farms that match `filter.farmName`, when that is given. */
  find(
    { filter, sort, descending, offset, limit }: NodesAsked,
    farmsNamed: ReadonlySet<string> | undefined,
  ): NodesFound {
    const { passing, failures } = this.#passOnce(filter, farmsNamed);
    const removedBy: Record<string, number> = {};
    for (const [name, bit] of Object.entries(bits)) {
      if (filter[name as keyof NodeFilter] !== undefined) removedBy[name] = failures[bit] ?? 0;
    }
    const page = selectPage(passing, offset, limit, this.#order(sort, descending));
    const ids = page.map((at) => this.#ids[at] ?? '');
    return { ids, count: passing.length, total: this.#ids.length, removedBy };
  }

  #passOnce(filter: NodeFilter, farmsNamed: ReadonlySet<string> | undefined): Passed {
    const name = Object.entries(filter).map(String).sort().join(' ');
    if (this.#passed?.filter !== name) {
      this.#passed = { filter: name, ...this.#pass(filter, this.#farmMasks(filter, farmsNamed)) };
    }
    return this.#passed;
  }

  #farmMasks(filter: NodeFilter, farmsNamed: ReadonlySet<string> | undefined): Uint16Array {
    const city = filter.city?.toLowerCase();
    const masks = new Uint16Array(Math.max(1, this.#farms.length));
    for (const [at, farm] of this.#farms.entries()) {
      let mask = 0;
      if (filter.country !== undefined && farm.country !== filter.country) mask |= bits.country;
      if (city !== undefined && !farm.city.toLowerCase().includes(city)) mask |= bits.city;
      if (farmsNamed !== undefined && !farmsNamed.has(farm.id)) mask |= bits.farmName;
      if (filter.farm !== undefined && farm.id !== filter.farm) mask |= bits.farm;
      const most = filter.maxCuHourStroops;
      if (most !== undefined && farm.prices.cuHourStroops > most) mask |= bits.maxCuHourStroops;
      masks[at] = mask;
    }
    return masks;
  }

  /** Which nodes pass, and how many fail by each set of filters. One column at a time, and only those asked for. */
  #pass(filter: NodeFilter, farmMasks: Uint16Array): Passed {
    const { freeCru, freeMru, freeSru, freeHru, isUp, farm } = this.#columns;
    const count = this.#ids.length;
    const masks = new Uint16Array(count);
    if (farmMasks.some((mask) => mask !== 0)) {
      for (let at = 0; at < count; at++) masks[at] = farmMasks[farm[at] ?? 0] ?? 0;
    }
    const atLeast = (column: Float64Array, least: number | undefined, bit: number): void => {
      if (least === undefined) return;
      for (let at = 0; at < count; at++) masks[at] = (masks[at] ?? 0) | ((column[at] ?? 0) < least ? bit : 0);
    };
    atLeast(freeCru, filter.freeCruMilli, bits.freeCruMilli);
    atLeast(freeMru, filter.freeMruBytes, bits.freeMruBytes);
    atLeast(freeSru, filter.freeSruBytes, bits.freeSruBytes);
    atLeast(freeHru, filter.freeHruBytes, bits.freeHruBytes);
    if (filter.status !== undefined) {
      const unwanted = filter.status === 'up' ? 0 : 1;
      for (let at = 0; at < count; at++) masks[at] = (masks[at] ?? 0) | (isUp[at] === unwanted ? bits.status : 0);
    }
    const failures = new Uint32Array(maskCount);
    const passing = new Uint32Array(count);
    let passed = 0;
    for (let at = 0; at < count; at++) {
      const mask = masks[at] ?? 0;
      passing[passed] = at;
      if (mask === 0) passed += 1;
      failures[mask] = (failures[mask] ?? 0) + 1;
    }
    return { passing: passing.subarray(0, passed), failures };
  }

  /** A total order: by the sort's key, then by id. */
  #order(sort: NodeSort, isDescending: boolean): Order {
    return {
      keys: this.#keysOf(sort),
      ties: this.#columns.idPrefix,
      isDescending,
      last: (a, b) => ((this.#ids[a] ?? '') < (this.#ids[b] ?? '') ? -1 : 1),
    };
  }

  #keysOf(sort: NodeSort): Float64Array {
    const columns = this.#columns;
    const ofFarm = (values: Float64Array): Float64Array => {
      const keys = new Float64Array(this.#ids.length);
      for (let at = 0; at < keys.length; at++) keys[at] = values[columns.farm[at] ?? 0] ?? 0;
      return keys;
    };
    switch (sort) {
      case 'id':
        return columns.idPrefix;
      case 'freeCru':
        return columns.freeCru;
      case 'freeMru':
        return columns.freeMru;
      case 'freeSru':
        return columns.freeSru;
      case 'lastSeen':
        return columns.lastSeen;
      case 'farm':
        this.#farmRanks ??= this.#rankFarms();
        return ofFarm(this.#farmRanks);
      case 'country':
        return ofFarm(Float64Array.from(this.#farms, ({ country }) => Number.parseInt(country, 36)));
      case 'price':
        return ofFarm(Float64Array.from(this.#farms, ({ prices }) => Number(prices.cuHourStroops)));
    }
  }

  /** Farms by name, any case; farms of one name share a rank's place by id. */
  #rankFarms(): Float64Array {
    const names = this.#farms.map((farm, at) => ({ at, name: farm.name.toLowerCase(), id: farm.id }));
    names.sort((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1));
    const ranks = new Float64Array(names.length);
    for (const [rank, { at }] of names.entries()) ranks[at] = rank;
    return ranks;
  }
}
