/**
 * All nodes as columns in memory: what they are filtered and sorted by, kept in step object by object. Everything shown
 * of a node is read from the state.
 */
import type { NodeSort } from '../../../core/query-views.ts';
import type { Farm, GridNode } from '../../state.ts';
import { addTo, type Bits } from './bits.ts';
import { CodeColumn, fillCoded } from './code-column.ts';
import { type FarmEntry, type FarmNumber, FarmTable, farmNumbers } from './farm-table.ts';
import { IdTable } from './id-table.ts';
import { grown, mapOf, type Numbers } from './numbers.ts';
import { RangeColumn, wordsWithRoom } from './range-column.ts';

/** Numbers that a node carries itself. `upSince`: of a node that is down, later than everything. */
const ownNumbers = [
  'freeCru',
  'freeMru',
  'freeSru',
  'freeHru',
  'totalCru',
  'totalMru',
  'totalSru',
  'totalHru',
  'contracts',
  'created',
  'lastSeen',
  'upSince',
] as const;
type OwnNumber = (typeof ownNumbers)[number];

const derivedNumbers = ['id', 'status', 'usedCru', 'usedMru', 'usedSru', 'usedHru'] as const;
export type NodeNumber = OwnNumber | (typeof derivedNumbers)[number] | FarmNumber;
const allNumbers: readonly NodeNumber[] = [...ownNumbers, ...derivedNumbers, ...farmNumbers];

/** `upSince` of a node that is down. */
export const neverUp = 2 ** 52;

/** Which column a sort key reads, and whether up is down there: the longer up, the earlier it came up. */
export const columnOfSort: { readonly [S in NodeSort]: { readonly of: NodeNumber; readonly isReversed?: true } } = {
  id: { of: 'id' },
  farm: { of: 'farm' },
  country: { of: 'country' },
  city: { of: 'city' },
  freeCru: { of: 'freeCru' },
  freeMru: { of: 'freeMru' },
  freeSru: { of: 'freeSru' },
  freeHru: { of: 'freeHru' },
  totalCru: { of: 'totalCru' },
  totalMru: { of: 'totalMru' },
  totalSru: { of: 'totalSru' },
  totalHru: { of: 'totalHru' },
  usedCru: { of: 'usedCru' },
  usedMru: { of: 'usedMru' },
  usedSru: { of: 'usedSru' },
  usedHru: { of: 'usedHru' },
  price: { of: 'cu' },
  suPrice: { of: 'su' },
  created: { of: 'created' },
  lastSeen: { of: 'lastSeen' },
  uptime: { of: 'upSince', isReversed: true },
  status: { of: 'status' },
  contracts: { of: 'contracts' },
};

/** Features as one text: each between two line feeds, so that one can be found in it. */
const featureText = (features: readonly string[]): string => `\n${[...features].sort().join('\n')}\n`;

export class NodeColumns {
  readonly ids = new IdTable();
  readonly farms = new FarmTable();
  readonly features = new CodeColumn();
  readonly agents = new CodeColumn();
  readonly numbers: { readonly [N in NodeNumber]: RangeColumn };
  /** Moves with every change. */
  version = 0;
  #words = wordsWithRoom(0);
  readonly #own: { readonly [N in OwnNumber]: Numbers };
  readonly #idPrefix: Numbers = { values: new Float64Array(0) };
  #farmOf = new Uint32Array(0);
  /** The first bytes of each node's transport key. */
  #netOf = new Uint32Array(0);
  #labelGenerations = '';

  constructor() {
    const own = mapOf(ownNumbers, (): Numbers => ({ values: new Float64Array(0) }));
    const used = (total: Numbers, free: Numbers) =>
      new RangeColumn((row) => (total.values[row] ?? 0) - (free.values[row] ?? 0));
    this.#own = own;
    this.numbers = {
      ...mapOf(ownNumbers, (name) => new RangeColumn(own[name])),
      ...mapOf(farmNumbers, (name) => this.#ofFarm(this.farms.numbers[name])),
      id: new RangeColumn(this.#idPrefix),
      status: new RangeColumn((row) => (own.upSince.values[row] === neverUp ? 0 : 1)),
      usedCru: used(own.totalCru, own.freeCru),
      usedMru: used(own.totalMru, own.freeMru),
      usedSru: used(own.totalSru, own.freeSru),
      usedHru: used(own.totalHru, own.freeHru),
    };
    this.#resize();
  }

  /** A number of each node's farm. */
  #ofFarm(numbers: Numbers): RangeColumn {
    return new RangeColumn((row) => numbers.values[this.#farmOf[row] ?? 0] ?? 0);
  }

  get rows(): number {
    return this.ids.rows;
  }

  /** Words of every set of rows. */
  get words(): number {
    return this.#words;
  }

  /** Bytes of all columns and sets; the farms' texts come on top. */
  get bytes(): number {
    const own = ownNumbers.reduce((sum, name) => sum + this.#own[name].values.byteLength, 0);
    const sets = allNumbers.reduce((sum, name) => sum + this.numbers[name].bytes, 0);
    const rest = this.#farmOf.byteLength + this.#netOf.byteLength + this.features.bytes + this.agents.bytes;
    return own + sets + rest + this.ids.bytes + this.#idPrefix.values.byteLength + 8 * this.rows;
  }

  /** Place of a node's farm in the farm table. */
  farmAt(row: number): number {
    return this.#farmOf[row] ?? 0;
  }

  farmOf(row: number): FarmEntry {
    return this.farms.entries[this.#farmOf[row] ?? 0] as FarmEntry;
  }

  netPrefixOf(row: number): number {
    return this.#netOf[row] ?? 0;
  }

  /** Room for this many rows in all. */
  reserve(rows: number): void {
    const words = wordsWithRoom(rows);
    if (words <= this.#words) return;
    this.#words = words;
    this.ids.reserve(words * 32);
    this.#resize();
  }

  #resize(): void {
    const size = this.#words * 32;
    for (const name of ownNumbers) this.#own[name].values = grown(this.#own[name].values, size);
    this.#idPrefix.values = grown(this.#idPrefix.values, size);
    this.#farmOf = grown(this.#farmOf, size);
    this.#netOf = grown(this.#netOf, size);
    this.features.reserve(size);
    this.agents.reserve(size);
    for (const name of allNumbers) this.numbers[name].grow(this.#words);
  }

  putFarm(farm: Farm): void {
    this.version += 1;
    const { at, moved } = this.farms.put(farm);
    for (const { name, before, after } of moved) {
      for (const row of this.farms.rows[at] ?? []) this.numbers[name].move(row, before, after);
    }
  }

  /** A node's farm must be known before. */
  putNode(node: GridNode): void {
    this.version += 1;
    const known = this.ids.find(node.id);
    const isNew = known === undefined;
    const row = known ?? this.ids.add(node.id);
    if (row >= this.#words * 32) this.reserve(Math.ceil(row * 1.5));
    const derived = (['status', 'usedCru', 'usedMru', 'usedSru', 'usedHru'] as const).map((name) => {
      const column = this.numbers[name];
      return { column, before: isNew ? undefined : column.read(row) };
    });
    const after = numbersOf(node);
    for (const name of ownNumbers) {
      const { values } = this.#own[name];
      const before = isNew ? undefined : values[row];
      values[row] = after[name];
      this.numbers[name].move(row, before, after[name]);
    }
    for (const { column, before } of derived) column.move(row, before, column.read(row));
    this.features.put(row, featureText(node.features), isNew);
    this.agents.put(row, node.agentVersion, isNew);
    this.#netOf[row] = Number.parseInt(node.net.slice(0, 8), 16);
    if (isNew) this.#place(row, node.farm);
  }

  /** A node never leaves its farm. */
  #place(row: number, farm: string): void {
    const at = this.farms.ids.find(farm) ?? 0;
    this.#farmOf[row] = at;
    this.farms.rows[at]?.push(row);
    this.farms.version += 1;
    const prefix = this.ids.prefixOf(row);
    this.#idPrefix.values[row] = prefix;
    this.numbers.id.move(row, undefined, prefix);
    for (const name of farmNumbers) this.numbers[name].move(row, undefined, this.numbers[name].read(row));
  }

  /** A column ready for questions: built at the first one, and anew when labels were given out anew. */
  ready(name: NodeNumber): RangeColumn {
    const { names, cities } = this.farms;
    const generations = `${names.generation} ${cities.generation}`;
    if (generations !== this.#labelGenerations) {
      this.#labelGenerations = generations;
      this.farms.relabel();
      for (const each of ['farm', 'city'] as const) {
        if (this.numbers[each].isBuilt) this.numbers[each].build(this.rows, this.#words);
      }
    }
    const column = this.numbers[name];
    if (!column.isBuilt) column.build(this.rows, this.#words);
    return column;
  }

  /** Builds one column that is not built or not good any more; false when there is none. */
  improve(): boolean {
    const name = allNumbers.find((each) => !this.numbers[each].isBuilt || this.numbers[each].isStale);
    if (name === undefined) return false;
    this.ready(name);
    if (this.numbers[name].isStale) this.numbers[name].build(this.rows, this.#words);
    return true;
  }

  /**
   * Fills `into` with the nodes of the farms whose class is `wanted`: by their lists, or by one pass over all nodes when those farms
   * are many.
   */
  ofFarms(classes: Int8Array, wanted: number, into: Bits): Bits {
    const isWanted = new Uint8Array(classes.length);
    let farms = 0;
    for (let at = 0; at < classes.length; at++) {
      if (classes[at] !== wanted) continue;
      isWanted[at] = 1;
      farms += 1;
    }
    if (farms * 8 > classes.length) return fillCoded(into, this.#farmOf, isWanted, this.rows);
    into.fill(0);
    for (let at = 0; at < classes.length; at++) {
      if (isWanted[at] !== 1) continue;
      for (const row of this.farms.rows[at] ?? []) addTo(into, row);
    }
    return into;
  }
}

function numbersOf({ capacity, used, contracts, createdMs, lastSeenMs, upSinceMs, isUp }: GridNode): {
  readonly [N in OwnNumber]: number;
} {
  return {
    freeCru: capacity.cruMilli - used.cruMilli,
    freeMru: capacity.mruBytes - used.mruBytes,
    freeSru: capacity.sruBytes - used.sruBytes,
    freeHru: capacity.hruBytes - used.hruBytes,
    totalCru: capacity.cruMilli,
    totalMru: capacity.mruBytes,
    totalSru: capacity.sruBytes,
    totalHru: capacity.hruBytes,
    contracts: contracts.length,
    created: createdMs,
    lastSeen: lastSeenMs,
    upSince: isUp ? upSinceMs : neverUp,
  };
}
