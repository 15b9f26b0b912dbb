/**
 * The filters that look at a node's own numbers and codes, each as the set of rows that pass it, and those by country and
 * price. All others are judged farm by farm (farm-table.ts).
 */
import type { NodeFilter } from '../../../core/query-views.ts';
import { addTo, type Bits, without } from './bits.ts';
import { countryKey, highestPrice, regionKey } from './farm-table.ts';
import type { FilterGroup } from './filter-counts.ts';
import { type NodeColumns, type NodeNumber, neverUp } from './node-columns.ts';

export type GroupParts = {
  /** Time of the last block: what "up for" is measured by. */
  readonly nowMs: number;
  /** The transport key of a node, for the few that may have the wanted one. */
  readonly netOf: (id: string) => string | undefined;
  /** Lends a bitmap. */
  readonly take: () => Bits;
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

/** Places that are ranges or single values of the nodes' columns; farms are judged by all others. */
const places: readonly string[] = ['country', 'countries', 'region'] satisfies readonly (keyof NodeFilter)[];

/** What is left for the farms to be judged by. */
export const placePart = (filter: NodeFilter): NodeFilter =>
  Object.fromEntries(
    Object.entries(filter).filter(
      ([name, value]) =>
        !places.includes(name) && (!(name in prices) || (value !== undefined && !isExact(value as bigint))),
    ),
  );

/** One group for each filter that looks at the node itself, or at a price. */
export function nodeGroups(
  columns: NodeColumns,
  filter: NodeFilter,
  { nowMs, netOf, take }: GroupParts,
): readonly FilterGroup[] {
  const { rows, words } = columns;
  const groups: FilterGroup[] = [];
  const add = (name: keyof NodeFilter, pass: Bits): void =>
    void groups.push({ pass, filters: [{ name, only: undefined }] });
  const addRest = (name: keyof NodeFilter, pass: Bits): void =>
    void groups.push({ pass, isInverted: true, filters: [{ name, only: undefined }] });
  const from = (of: NodeNumber, value: number): Bits => columns.ready(of).atLeast(value, take());
  for (const [name, of] of Object.entries(atLeast) as [keyof typeof atLeast, NodeNumber][]) {
    if (filter[name] !== undefined) add(name, from(of, filter[name]));
  }
  for (const [name, of] of Object.entries(atMost) as [keyof typeof atMost, NodeNumber][]) {
    if (filter[name] !== undefined) addRest(name, from(of, filter[name] + 1));
  }
  for (const name of priceNames) {
    const value = filter[name];
    if (value === undefined || !isExact(value)) continue;
    const { of, isLeast } = prices[name];
    if (isLeast) add(name, from(of, Number(value)));
    else addRest(name, from(of, Number(value) + 1));
  }
  const { country, countries, region } = filter;
  const inCountries = (wanted: readonly string[]): Bits =>
    wanted.reduce((bits, each) => columns.ready('country').addEqual(countryKey(each), bits), take().fill(0));
  if (country !== undefined) add('country', inCountries([country]));
  if (countries !== undefined) add('countries', inCountries(countries));
  if (region !== undefined) {
    add('region', without(take(), from('region', regionKey(region)), from('region', regionKey(region) + 1)));
  }
  const { status, hasWorkloads, minUptimeMs, maxUptimeMs, features, agentVersion, nodes, excluded, net } = filter;
  if (status !== undefined) (status === 'up' ? add : addRest)('status', from('status', 1));
  if (hasWorkloads !== undefined) (hasWorkloads ? add : addRest)('hasWorkloads', from('contracts', 1));
  // Up for at least so long: came up at or before then. Who is down has been up for 0.
  if (minUptimeMs !== undefined) {
    addRest('minUptimeMs', from('upSince', minUptimeMs === 0 ? neverUp + 1 : nowMs - minUptimeMs + 1));
  }
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
  if (nodes !== undefined) add('nodes', listed(columns, nodes, take()));
  if (excluded !== undefined) addRest('excluded', listed(columns, excluded, take()));
  if (net !== undefined) add('net', withNet(columns, net, netOf, take()));
  return groups;
}

function listed({ ids: table }: NodeColumns, ids: readonly string[], into: Bits): Bits {
  const bits = into.fill(0);
  for (const id of ids) {
    const row = table.find(id);
    if (row !== undefined) addTo(bits, row);
  }
  return bits;
}

function withNet(columns: NodeColumns, net: string, netOf: GroupParts['netOf'], into: Bits): Bits {
  const bits = into.fill(0);
  const prefix = Number.parseInt(net.slice(0, 8), 16);
  for (let row = 0; row < columns.rows; row++) {
    if (columns.netPrefixOf(row) === prefix && netOf(columns.ids.hexOf(row)) === net) addTo(bits, row);
  }
  return bits;
}
