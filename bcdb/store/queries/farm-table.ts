/**
 * All farms in memory: what they are filtered and sorted by, and the rows of their nodes. Judges farms by the place, name,
 * owner and price filters; a farm is judged once for all its nodes.
 */
import { toHex } from '../../../core/bytes.ts';
import { keyOf } from '../../../core/keys.ts';
import type { FarmFilter, FarmPlaceFilter } from '../../../core/query-views.ts';
import { type Region, regionOf } from '../../../core/regions.ts';
import type { Farm } from '../../state.ts';
import { fold, hasWords, wordLine, wordsOf } from './fold.ts';
import { IdTable } from './id-table.ts';
import { Labels } from './labels.ts';

/** What is kept of a farm. */
export type FarmEntry = {
  readonly farm: Pick<Farm, 'id' | 'owner' | 'name' | 'country' | 'city' | 'payout' | 'nodeCount'>;
  readonly isAuto: boolean;
  readonly prices: Farm['prices'];
  readonly name: string;
  readonly words: string;
  readonly city: string;
  readonly countryName: string;
  readonly region: Region | undefined;
  /** Numbers that order farms, as `RangeColumn` wants them. */
  readonly keys: {
    readonly farm: number;
    readonly city: number;
    readonly country: number;
    readonly cu: number;
    readonly su: number;
  };
};

/** Prices from here on are sorted as this: a number holds no more exactly. */
export const highestPrice = 2n ** 52n;
const priceKey = (stroops: bigint): number => Number(stroops < highestPrice ? stroops : highestPrice);
/** Of two capital letters: another number for each. */
const countryKey = (country: string): number => Number.parseInt(country, 36);
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
  /** Of each farm: the rows of its nodes, in the order in which they came. */
  readonly rows: number[][] = [];
  /** Moves with every change that a filter could see. */
  version = 0;

  /** Takes the labels of many farms at once, before they are put. */
  prepare(farms: readonly Pick<Farm, 'id' | 'name' | 'city'>[]): void {
    this.ids.reserve(this.ids.rows + farms.length);
    this.names.addAll(farms.map(({ name, id }) => farmOrderText(name, id)));
    this.cities.addAll(farms.map(({ city }) => fold(city)));
  }

  /** After labels were given out anew: every farm's own. */
  relabel(): void {
    for (const [at, entry] of this.entries.entries()) {
      const { name, id, city } = entry.farm;
      const keys = { ...entry.keys, farm: this.names.of(farmOrderText(name, id)), city: this.cities.of(fold(city)) };
      this.entries[at] = { ...entry, keys };
    }
  }

  /** Its place, and its entry before. */
  put(farm: Farm): { readonly at: number; readonly before: FarmEntry | undefined } {
    const at = this.ids.add(farm.id);
    const before = this.entries[at];
    const { id, owner, name, country, city, payout, prices, accept, nodeCount } = farm;
    this.entries[at] = {
      farm: { id, owner, name, country, city, payout, nodeCount },
      isAuto: accept.auto,
      prices,
      name: fold(name),
      words: wordLine(name),
      city: fold(city),
      countryName: fold(countryName(country)),
      region: regionOf(country),
      keys: {
        farm: this.names.of(farmOrderText(name, id)),
        city: this.cities.of(fold(city)),
        country: countryKey(country),
        cu: priceKey(prices.cuHourStroops),
        su: priceKey(prices.suHourStroops),
      },
    };
    this.rows[at] ??= [];
    if (before === undefined || !isSame(before, farm)) this.version += 1;
    return { at, before };
  }
}

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
type Judge = (farm: FarmEntry) => boolean;

const includes = (text: string, of: (farm: FarmEntry) => string): Judge => {
  const wanted = fold(text);
  return (farm) => of(farm).includes(wanted);
};

/** One judge for each filter; made once a question. */
const judges: {
  readonly [N in keyof Required<OfFarm>]: (value: NonNullable<OfFarm[N]>) => Judge;
} = {
  country: (country) => {
    const wanted = countryKey(country);
    return ({ keys }) => keys.country === wanted;
  },
  countries: (countries) => {
    const wanted = new Set(countries.map(countryKey));
    return ({ keys }) => wanted.has(keys.country);
  },
  countryContains: (text) => includes(text, (farm) => farm.countryName),
  region: (region) => (farm) => farm.region === region,
  city: (text) => includes(text, (farm) => farm.city),
  cityIs: (text) => {
    const wanted = fold(text);
    return ({ city }) => city === wanted;
  },
  farmName: (text) => {
    const words = wordsOf(text);
    return (farm) => hasWords(farm.words, words);
  },
  farmNameContains: (text) => includes(text, (farm) => farm.name),
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
export function judgesOf(filter: OfFarm): readonly NamedJudge[] {
  const names = Object.keys(judges) as (keyof OfFarm)[];
  return names.flatMap((name) => {
    const value = filter[name];
    return value === undefined ? [] : [{ name, judge: (judges[name] as (given: unknown) => Judge)(value) }];
  });
}

/** 0: passes all; n: fails by the nth filter alone; -1: fails by several. One of these for each farm. */
export function classesOf(farms: readonly FarmEntry[], filters: readonly NamedJudge[]): Int8Array {
  const classes = new Int8Array(farms.length);
  for (const [index, { judge }] of filters.entries()) {
    for (let at = 0; at < classes.length; at++) {
      if (classes[at] === -1 || judge(farms[at] as FarmEntry)) continue;
      classes[at] = classes[at] === 0 ? index + 1 : -1;
    }
  }
  return classes;
}
