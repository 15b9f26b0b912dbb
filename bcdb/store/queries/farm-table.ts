/**
 * All farms in memory: what they are filtered and sorted by, and the rows of their nodes. Judges farms by the place, name,
 * owner and price filters; a farm is judged once for all its nodes.
 */
import { toHex } from '../../../core/bytes.ts';
import { keyOf } from '../../../core/keys.ts';
import type { FarmFilter, FarmPlaceFilter } from '../../../core/query-views.ts';
import { type Region, regionOf, regions } from '../../../core/regions.ts';
import type { Farm } from '../../state.ts';
import { isIn, wordsFor } from './bits.ts';
import { CodeColumn } from './code-column.ts';
import { fold, wordLine, wordStarts } from './fold.ts';
import { IdTable } from './id-table.ts';
import { Labels } from './labels.ts';
import { grown, mapOf, type Numbers } from './numbers.ts';

/** What is kept of a farm. */
export type FarmEntry = {
  readonly farm: Pick<Farm, 'id' | 'owner' | 'name' | 'country' | 'city' | 'payout' | 'nodeCount'>;
  readonly isAuto: boolean;
  readonly prices: Farm['prices'];
  readonly name: string;
  readonly words: string;
};

/** Numbers that order farms, as `RangeColumn` wants them. */
export const farmNumbers = ['farm', 'city', 'country', 'region', 'cu', 'su'] as const;
export type FarmNumber = (typeof farmNumbers)[number];

/** Prices from here on are sorted as this: a number holds no more exactly. */
export const highestPrice = 2n ** 52n;
const priceKey = (stroops: bigint): number => Number(stroops < highestPrice ? stroops : highestPrice);
/** Of two capital letters: another number for each. */
export const countryKey = (country: string): number => Number.parseInt(country, 36);
/** Another number for each region, and one for none. */
export const regionKey = (region: Region | undefined): number => (region === undefined ? -1 : regions.indexOf(region));
const displayNames = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });

/** "Belgium" for "BE". */
export const countryName = (country: string): string =>
  /^[A-Z]{2}$/.test(country) ? (displayNames.of(country) ?? country) : country;

/** What orders farms by name: the name, then the id. */
export const farmOrderText = (name: string, id: string): string => `${fold(name)} ${id}`;

export class FarmTable {
  readonly ids = new IdTable();
  readonly names = new Labels();
  readonly cities = new Labels();
  readonly entries: FarmEntry[] = [];
  readonly numbers = mapOf(farmNumbers, (): Numbers => ({ values: new Float64Array(0) }));
  /** Few of them each: judged once for all their farms. */
  readonly texts = { country: new CodeColumn(), city: new CodeColumn() } as const;
  /** Of each farm: the rows of its nodes, in the order in which they came. */
  readonly rows: number[][] = [];
  /** Moves with every change that a filter could see. */
  version = 0;

  /** Takes the labels of many farms at once, before they are put. */
  prepare(farms: readonly Pick<Farm, 'id' | 'name' | 'city'>[]): void {
    this.#reserve(this.ids.rows + farms.length);
    this.names.addAll(farms.map(({ name, id }) => farmOrderText(name, id)));
    this.cities.addAll(farms.map(({ city }) => fold(city)));
  }

  #reserve(farms: number): void {
    this.ids.reserve(farms);
    for (const text of Object.values(this.texts)) text.reserve(farms);
    for (const name of farmNumbers) this.numbers[name].values = grown(this.numbers[name].values, farms);
  }

  /** After labels were given out anew: every farm's own. */
  relabel(): void {
    for (const [at, { farm }] of this.entries.entries()) {
      this.numbers.farm.values[at] = this.names.of(farmOrderText(farm.name, farm.id));
      this.numbers.city.values[at] = this.cities.of(fold(farm.city));
    }
  }

  /** Its place, and which of its numbers were others before; a new farm has none of those. */
  put(farm: Farm): { readonly at: number; readonly moved: readonly Moved[] } {
    const at = this.ids.add(farm.id);
    if (at >= this.numbers.farm.values.length) this.#reserve(2 * at + 16);
    const before = this.entries[at];
    const { id, owner, name, country, city, payout, prices, accept, nodeCount } = farm;
    this.entries[at] = {
      farm: { id, owner, name, country, city, payout, nodeCount },
      isAuto: accept.auto,
      prices,
      name: fold(name),
      words: wordLine(name),
    };
    const isNew = before === undefined;
    this.texts.country.put(at, country, isNew);
    this.texts.city.put(at, fold(city), isNew);
    this.rows[at] ??= [];
    if (isNew || !isSame(before, farm)) this.version += 1;
    const moved = this.#putNumbers(at, {
      farm: this.names.of(farmOrderText(name, id)),
      city: this.cities.of(fold(city)),
      country: countryKey(country),
      region: regionKey(regionOf(country)),
      cu: priceKey(prices.cuHourStroops),
      su: priceKey(prices.suHourStroops),
    });
    return { at, moved: isNew ? [] : moved };
  }

  #putNumbers(at: number, numbers: { readonly [N in FarmNumber]: number }): readonly Moved[] {
    return farmNumbers.flatMap((name) => {
      const { values } = this.numbers[name];
      const before = values[at] ?? 0;
      const after = numbers[name];
      values[at] = after;
      return before === after ? [] : { name, before, after };
    });
  }
}

/** A number of a farm that is another one now. */
export type Moved = { readonly name: FarmNumber; readonly before: number; readonly after: number };

/** Nothing that filters look at differs: a farm whose number of nodes changed is filtered as before. */
const isSame = ({ farm, prices }: FarmEntry, now: Farm): boolean =>
  farm.owner === now.owner &&
  farm.name === now.name &&
  farm.country === now.country &&
  farm.city === now.city &&
  prices.cuHourStroops === now.prices.cuHourStroops &&
  prices.suHourStroops === now.prices.suHourStroops;

/** The filters that a farm alone answers. */
type OfFarm = FarmPlaceFilter & Omit<FarmFilter, 'node'>;
/** Judges the farm at a place in the table. */
type Judge = (at: number) => boolean;
type ByEntry = (farm: FarmEntry) => boolean;
/** Judges a text that many farms have in common, and says in which column it stands. */
type ByText = { readonly of: keyof FarmTable['texts']; readonly judge: (text: string) => boolean };

const includes = (text: string): ((whole: string) => boolean) => {
  const wanted = fold(text);
  return (whole) => whole.includes(wanted);
};
const byCountry = (judge: (country: string) => boolean): ByText => ({ of: 'country', judge });
const byCity = (judge: (city: string) => boolean): ByText => ({ of: 'city', judge });

/** One judge for each filter; made once a question. */
const judges: {
  readonly [N in keyof Required<OfFarm>]: (value: NonNullable<OfFarm[N]>) => ByEntry | ByText;
} = {
  country: (wanted) => byCountry((country) => country === wanted),
  countries: (wanted) => byCountry((country) => wanted.includes(country)),
  countryContains(text) {
    const isIn = includes(text);
    return byCountry((country) => isIn(fold(countryName(country))));
  },
  region: (wanted) => byCountry((country) => regionOf(country) === wanted),
  city: (text) => byCity(includes(text)),
  cityIs(text) {
    const wanted = fold(text);
    return byCity((city) => city === wanted);
  },
  farmName(text) {
    const starts = wordStarts(text);
    return ({ words }) => starts.every((start) => words.includes(start));
  },
  farmNameContains(text) {
    const isIn = includes(text);
    return ({ name }) => isIn(name);
  },
  farm:
    (id) =>
    ({ farm }) =>
      farm.id === id,
  farms: (ids) => {
    const wanted = new Set<string>(ids);
    return ({ farm }) => wanted.has(farm.id);
  },
  owner: (address) => {
    const key = toHex(keyOf(address));
    return ({ farm }) => farm.owner === key;
  },
  minCuHourStroops:
    (least) =>
    ({ prices }) =>
      prices.cuHourStroops >= least,
  maxCuHourStroops:
    (most) =>
    ({ prices }) =>
      prices.cuHourStroops <= most,
  minSuHourStroops:
    (least) =>
    ({ prices }) =>
      prices.suHourStroops >= least,
  maxSuHourStroops:
    (most) =>
    ({ prices }) =>
      prices.suHourStroops <= most,
  minNodes:
    (least) =>
    ({ farm }) =>
      farm.nodeCount >= least,
  autoAccept:
    (wanted) =>
    ({ isAuto }) =>
      isAuto === wanted,
  payout: (address) => {
    const key = toHex(keyOf(address));
    return ({ farm }) => farm.payout === key;
  },
};

export type NamedJudge = { readonly name: keyof OfFarm; readonly judge: Judge };

/** The filters of a question that farms are judged by. */
export function judgesOf(table: FarmTable, filter: OfFarm): readonly NamedJudge[] {
  const names = Object.keys(judges) as (keyof OfFarm)[];
  return names.flatMap((name) => {
    const value = filter[name];
    if (value === undefined) return [];
    const judge = (judges[name] as (given: unknown) => ByEntry | ByText)(value);
    return { name, judge: placeJudge(table, `${name} ${value}`, judge) };
  });
}

function placeJudge({ entries, texts }: FarmTable, name: string, judge: ByEntry | ByText): Judge {
  if (typeof judge === 'function') return (at) => judge(entries[at] as FarmEntry);
  const passing = texts[judge.of].passing(name, judge.judge, entries.length, wordsFor(entries.length));
  return (at) => isIn(passing, at);
}

/** 0: passes all; n: fails by the nth filter alone; -1: fails by several. One of these for each farm. */
export function classesOf(farms: number, filters: readonly NamedJudge[]): Int8Array {
  const classes = new Int8Array(farms);
  for (const [index, { judge }] of filters.entries()) {
    for (let at = 0; at < classes.length; at++) {
      if (classes[at] === -1 || judge(at)) continue;
      classes[at] = classes[at] === 0 ? index + 1 : -1;
    }
  }
  return classes;
}
