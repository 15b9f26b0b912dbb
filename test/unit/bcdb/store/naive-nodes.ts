// The capacity browser as nobody would build it: every filter and every order over plain objects, one after the other.

import * as fc from 'fast-check';
import type { Farm, GridNode } from '../../../../bcdb/state.ts';
import { toHex } from '../../../../core/bytes.ts';
import { addressOf } from '../../../../core/keys.ts';
import type { NodeFilter, NodeSort } from '../../../../core/query-views.ts';
import type { Capacity } from '../../../../core/units.ts';
import { seedOf } from '../../../support/bcdb-grid.ts';

export type Place = readonly [name: string, country: string, city: string, price: bigint];

/** Names and places that differ in case, marks and little else. */
export const places = [
  ['Zon', 'BE', 'Ghent', 10n],
  ['alpha Farm', 'NL', 'Gouda', 30n],
  ['Zon', 'BE', 'Brugge', 2n ** 60n],
  ['Été', 'FR', 'Orléans', 2n ** 60n + 1n],
] as const satisfies readonly Place[];

export const farmOf = (at: number, [name, country, city, price]: Place): Farm => ({
  id: toHex(seedOf(`farm ${at}`)),
  owner: toHex(seedOf(`owner ${at % 2}`)),
  name,
  country,
  city,
  prices: { cuHourStroops: price, suHourStroops: price / 2n },
  payout: toHex(seedOf('owner 0')),
  accept: { auto: true, minTermSeconds: 0, blocked: [] },
  nodeCount: 0,
});

const few = fc.integer({ min: 0, max: 4 });
const capacity: fc.Arbitrary<Capacity> = fc.record({ cruMilli: few, mruBytes: few, sruBytes: few, hruBytes: few });
const farmId = fc.nat(places.length - 1).map((at) => farmOf(at, places[0]).id);
const nodeId = fc.integer({ min: 0, max: 40 }).map((at) => toHex(seedOf(`node ${at}`)));
const netId = fc.integer({ min: 0, max: 3 }).map((at) => toHex(seedOf(`net ${at}`)));

export const nodeAt: fc.Arbitrary<GridNode> = fc
  .record({
    at: fc.integer({ min: 0, max: 40 }),
    capacity,
    used: capacity,
    features: fc.subarray(['container', 'gpu', 'ipv4', 'certified']),
    agentVersion: fc.constantFrom('0.1.0', '0.1.1', '1.0.0'),
    net: netId,
    createdMs: few,
    lastSeenMs: few,
    upSinceMs: fc.integer({ min: 4, max: 12 }),
    isUp: fc.boolean(),
    contracts: fc.subarray(['a', 'b']),
  })
  .map(({ at, ...node }) => ({
    ...node,
    id: toHex(seedOf(`node ${at}`)),
    // A node never leaves its farm.
    farm: farmOf(at % places.length, places[0]).id,
    upUntilMs: 0,
    periodStartMs: 0,
    periodUpMs: 0,
  }));

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });
const price = fc.constantFrom(0n, 1n, 5n, 10n, 25n, 2n ** 59n, 2n ** 60n, 2n ** 62n);

export const filters: fc.Arbitrary<NodeFilter> = fc
  .record({
    freeCruMilli: maybe(few),
    freeMruBytes: maybe(few),
    freeSruBytes: maybe(few),
    freeHruBytes: maybe(few),
    totalCruMilli: maybe(few),
    totalMruBytes: maybe(few),
    totalSruBytes: maybe(few),
    totalHruBytes: maybe(few),
    status: maybe(fc.constantFrom('up' as const, 'down' as const)),
    nodes: maybe(fc.array(nodeId, { maxLength: 30 })),
    excluded: maybe(fc.array(nodeId, { maxLength: 5 })),
    net: maybe(netId),
    features: maybe(fc.subarray(['container', 'gpu', 'none'])),
    agentVersion: maybe(fc.constantFrom('0.1', '0', '1.0.0', 'x')),
    createdFromMs: maybe(few),
    createdToMs: maybe(few),
    seenFromMs: maybe(few),
    seenToMs: maybe(few),
    minUptimeMs: maybe(fc.nat(9)),
    maxUptimeMs: maybe(fc.nat(9)),
    hasWorkloads: maybe(fc.boolean()),
    country: maybe(fc.constantFrom('BE', 'NL', 'DE')),
    countries: maybe(fc.subarray(['BE', 'FR', 'US'])),
    countryContains: maybe(fc.constantFrom('belg', 'FRANCE', 'land')),
    region: maybe(fc.constantFrom('europe' as const, 'asia' as const)),
    city: maybe(fc.constantFrom('g', 'GHE', 'orle', 'x')),
    cityIs: maybe(fc.constantFrom('ghent', 'gou', 'Orleans')),
    farmName: maybe(fc.constantFrom('zon', 'fa al', 'lpha', 'ete', '')),
    farmNameContains: maybe(fc.constantFrom('lpha f', 'é', 'zo')),
    farm: maybe(farmId),
    farms: maybe(fc.array(farmId, { maxLength: 3 })),
    owner: maybe(fc.nat(1).map((at) => addressOf(seedOf(`owner ${at}`)))),
    minCuHourStroops: maybe(price),
    maxCuHourStroops: maybe(price),
    minSuHourStroops: maybe(price),
    maxSuHourStroops: maybe(price),
  })
  // All at once let nothing through: a few of them at a time.
  .chain((all) => fc.subarray(Object.entries(all), { maxLength: 5 }).map((some) => Object.fromEntries(some)));

type Seen = { readonly node: GridNode; readonly farm: Farm; readonly upMs: number };

const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
const holds = (text: string, part: string): boolean => plain(text).includes(plain(part));
const free = ({ node: { capacity: all, used } }: Seen, of: keyof Capacity): number => all[of] - used[of];
const names: Readonly<Record<string, string>> = { BE: 'Belgium', NL: 'Netherlands', FR: 'France' };

const passes: {
  readonly [F in keyof Required<NodeFilter>]: (seen: Seen, value: NonNullable<NodeFilter[F]>) => boolean;
} = {
  freeCruMilli: (seen, least) => free(seen, 'cruMilli') >= least,
  freeMruBytes: (seen, least) => free(seen, 'mruBytes') >= least,
  freeSruBytes: (seen, least) => free(seen, 'sruBytes') >= least,
  freeHruBytes: (seen, least) => free(seen, 'hruBytes') >= least,
  totalCruMilli: ({ node }, least) => node.capacity.cruMilli >= least,
  totalMruBytes: ({ node }, least) => node.capacity.mruBytes >= least,
  totalSruBytes: ({ node }, least) => node.capacity.sruBytes >= least,
  totalHruBytes: ({ node }, least) => node.capacity.hruBytes >= least,
  status: ({ node }, status) => node.isUp === (status === 'up'),
  nodes: ({ node }, ids) => ids.includes(node.id),
  excluded: ({ node }, ids) => !ids.includes(node.id),
  net: ({ node }, net) => node.net === net,
  features: ({ node }, features) => features.every((feature) => node.features.includes(feature)),
  agentVersion: ({ node }, version) => node.agentVersion.startsWith(version),
  createdFromMs: ({ node }, from) => node.createdMs >= from,
  createdToMs: ({ node }, to) => node.createdMs <= to,
  seenFromMs: ({ node }, from) => node.lastSeenMs >= from,
  seenToMs: ({ node }, to) => node.lastSeenMs <= to,
  minUptimeMs: ({ upMs }, least) => upMs >= least,
  maxUptimeMs: ({ upMs }, most) => upMs <= most,
  hasWorkloads: ({ node }, wanted) => node.contracts.length > 0 === wanted,
  country: ({ farm }, country) => farm.country === country,
  countries: ({ farm }, countries) => countries.includes(farm.country),
  countryContains: ({ farm }, text) => holds(names[farm.country] ?? '', text),
  region: (_, region) => region === 'europe',
  city: ({ farm }, text) => holds(farm.city, text),
  cityIs: ({ farm }, text) => plain(farm.city) === plain(text),
  farmName: ({ farm }, text) =>
    plain(text)
      .split(' ')
      .every((word) =>
        plain(farm.name)
          .split(' ')
          .some((each) => each.startsWith(word)),
      ),
  farmNameContains: ({ farm }, text) => holds(farm.name, text),
  farm: ({ farm }, id) => farm.id === id,
  farms: ({ farm }, ids) => ids.includes(farm.id),
  owner: ({ farm }, address) => addressOf(Buffer.from(farm.owner, 'hex')) === address,
  minCuHourStroops: ({ farm }, least) => farm.prices.cuHourStroops >= least,
  maxCuHourStroops: ({ farm }, most) => farm.prices.cuHourStroops <= most,
  minSuHourStroops: ({ farm }, least) => farm.prices.suHourStroops >= least,
  maxSuHourStroops: ({ farm }, most) => farm.prices.suHourStroops <= most,
};

const clamped = (stroops: bigint): number => Number(stroops < 2n ** 52n ? stroops : 2n ** 52n);

const sortKey: { readonly [S in NodeSort]: (seen: Seen) => string | number } = {
  id: ({ node }) => node.id,
  farm: ({ farm }) => `${plain(farm.name)} ${farm.id}`,
  country: ({ farm }) => farm.country,
  city: ({ farm }) => plain(farm.city),
  freeCru: (seen) => free(seen, 'cruMilli'),
  freeMru: (seen) => free(seen, 'mruBytes'),
  freeSru: (seen) => free(seen, 'sruBytes'),
  freeHru: (seen) => free(seen, 'hruBytes'),
  totalCru: ({ node }) => node.capacity.cruMilli,
  totalMru: ({ node }) => node.capacity.mruBytes,
  totalSru: ({ node }) => node.capacity.sruBytes,
  totalHru: ({ node }) => node.capacity.hruBytes,
  usedCru: ({ node }) => node.used.cruMilli,
  usedMru: ({ node }) => node.used.mruBytes,
  usedSru: ({ node }) => node.used.sruBytes,
  usedHru: ({ node }) => node.used.hruBytes,
  price: ({ farm }) => clamped(farm.prices.cuHourStroops),
  suPrice: ({ farm }) => clamped(farm.prices.suHourStroops),
  created: ({ node }) => node.createdMs,
  lastSeen: ({ node }) => node.lastSeenMs,
  // Who is down comes before who just came up.
  uptime: ({ node, upMs }) => (node.isUp ? upMs : -1),
  status: ({ node }) => (node.isUp ? 1 : 0),
  contracts: ({ node }) => node.contracts.length,
};

export const sorts = Object.keys(sortKey) as NodeSort[];
const filterNames = Object.keys(passes) as (keyof NodeFilter)[];
const order = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

/** The whole answer. */
export function naive(
  asked: {
    readonly filter: NodeFilter;
    readonly sort: NodeSort;
    readonly descending: boolean;
    readonly offset: number;
    readonly limit: number;
  },
  list: readonly GridNode[],
  farms: ReadonlyMap<string, Farm>,
  nowMs: number,
) {
  const nodes = [...new Map(list.map((node) => [node.id, node])).values()];
  const all = nodes.map((node): Seen => {
    const farm = farms.get(node.farm);
    if (farm === undefined) throw new Error('no such farm');
    return { node, farm, upMs: node.isUp ? nowMs - node.upSinceMs : 0 };
  });
  const used = filterNames.filter((name) => asked.filter[name] !== undefined);
  const through = (names: readonly (keyof NodeFilter)[]): readonly Seen[] =>
    all.filter((seen) =>
      names.every((name) => (passes[name] as (seen: Seen, value: unknown) => boolean)(seen, asked.filter[name])),
    );
  const found = through(used);
  const sign = asked.descending ? -1 : 1;
  const key = sortKey[asked.sort];
  const sorted = found
    .map((seen) => ({ key: key(seen), id: seen.node.id }))
    .toSorted((a, b) => sign * order(a.key, b.key) || order(a.id, b.id));
  return {
    ids: sorted.slice(asked.offset, asked.offset + asked.limit).map(({ id }) => id),
    count: found.length,
    total: nodes.length,
    removedBy: Object.fromEntries(
      used.map((name) => [name, through(used.filter((other) => other !== name)).length - found.length]),
    ),
  };
}
