/**
 * What the capacity browser and the lists of farms and contracts are asked by, and what they answer with: filters, sort
 * keys, pages. Absent means any. A page says how many pass (`count`), how many there are (`total`), and for each filter in use
 * how many it alone removes from what the others let through (`removedBy`).
 *
 * Of the 45 node filters of the field's directory these have no data on this grid, because no record carries it: twin ids
 * (people are addresses: `owner`; transports: `net`), standby (nodes are up or down), healthy, free_ips, ipv4, ipv6, domain,
 * has_ipv6, dedicated, in_dedicated_farm, rentable, rentable_or_rented_by, available_for (nobody rents a whole node: contracts share
 * them), rented_by (a contract's `node` and `party` filters say it), certification_type, has_gpu, num_gpu, gpu_device_*, gpu_vendor_*,
 * gpu_available. What a farmer countersigned as a feature (`certified`, `gpu`, `ipv4`, `dedicated`) is found by `features`.
 * Of its sort keys: twin_id, dedicated, rentable, num_gpu, extra_fee, price_usd.
 */
import * as v from 'valibot';
import { regions } from './regions.ts';
import { integer, stroops, timeMs } from './schema.ts';
import { addressText, contractStates, contractView, farmView, idText, nodeView, profileView } from './views.ts';

const country = v.pipe(v.string(), v.regex(/^[A-Z]{2}$/));
/** Text that somebody types to find something by. */
const typed = v.pipe(v.string(), v.maxLength(60));
const idList = v.pipe(v.array(idText), v.maxLength(1000));
const amount = v.optional(integer(0));
const time = v.optional(timeMs);

/** Where a farm is, whose it is, and what it asks. */
const farmPlaceEntries = {
  country: v.optional(country),
  countries: v.optional(v.pipe(v.array(country), v.maxLength(250))),
  /** Part of the country's English name, any case, with or without accents; so are all texts here. */
  countryContains: v.optional(typed),
  region: v.optional(v.picklist(regions)),
  /** Part of the city's name. */
  city: v.optional(typed),
  cityIs: v.optional(typed),
  /** Words of the farm's name, by prefix. */
  farmName: v.optional(typed),
  farmNameContains: v.optional(typed),
  farm: v.optional(idText),
  farms: v.optional(idList),
  /** The farmer. */
  owner: v.optional(addressText),
  minCuHourStroops: v.optional(stroops),
  maxCuHourStroops: v.optional(stroops),
  minSuHourStroops: v.optional(stroops),
  maxSuHourStroops: v.optional(stroops),
} as const;

const nodeEntries = {
  freeCruMilli: amount,
  freeMruBytes: amount,
  freeSruBytes: amount,
  freeHruBytes: amount,
  totalCruMilli: amount,
  totalMruBytes: amount,
  totalSruBytes: amount,
  totalHruBytes: amount,
  status: v.optional(v.picklist(['up', 'down'])),
  nodes: v.optional(idList),
  excluded: v.optional(idList),
  /** Noise key of the node's transport. */
  net: v.optional(idText),
  /** All of them. */
  features: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(32))), v.maxLength(64))),
  /** Beginning of the agent's version. */
  agentVersion: v.optional(v.pipe(v.string(), v.maxLength(32))),
  createdFromMs: time,
  createdToMs: time,
  /** When the node was last heard of. */
  seenFromMs: time,
  seenToMs: time,
  /** How long it has been up by the time of the last block; 0 for a node that is down. */
  minUptimeMs: amount,
  maxUptimeMs: amount,
  /** True: holds capacity for some contract. */
  hasWorkloads: v.optional(v.boolean()),
} as const;

/** Filters of the capacity browser. */
export const nodeFilter = v.strictObject({ ...nodeEntries, ...farmPlaceEntries });

export const nodeSort = v.picklist([
  'id',
  'farm',
  'country',
  'city',
  'freeCru',
  'freeMru',
  'freeSru',
  'freeHru',
  'totalCru',
  'totalMru',
  'totalSru',
  'totalHru',
  'usedCru',
  'usedMru',
  'usedSru',
  'usedHru',
  'price',
  'suPrice',
  'created',
  'lastSeen',
  'uptime',
  'status',
  'contracts',
]);

/** Filters of farms; those of `node`: farms with at least one node that passes them all. */
export const farmFilter = v.strictObject({
  ...farmPlaceEntries,
  minNodes: amount,
  autoAccept: v.optional(v.boolean()),
  payout: v.optional(addressText),
  node: v.optional(v.strictObject(nodeEntries)),
});

export const farmSort = v.picklist(['id', 'name', 'country', 'city', 'nodes', 'price', 'suPrice']);

export const contractFilter = v.strictObject({
  contracts: v.optional(idList),
  /** Payer, signer or coordinator. */
  party: v.optional(addressText),
  node: v.optional(idText),
  farm: v.optional(idText),
  farmer: v.optional(addressText),
  states: v.optional(v.pipe(v.array(v.picklist(contractStates)), v.maxLength(contractStates.length))),
  /** Words of the title, by prefix. */
  title: v.optional(typed),
  recordedFromMs: time,
  recordedToMs: time,
});

/** Opaque: where a page ended, good for the same question only. */
export const cursorText = v.pipe(v.string(), v.maxLength(512), v.regex(/^[A-Za-z0-9_-]+$/));

/** What every filtered list says beside its items. */
const listEntries = {
  count: integer(0),
  total: integer(0),
  removedBy: v.record(v.string(), integer(0)),
  /** The cursor of the next page; null when this was the last. */
  next: v.nullable(cursorText),
} as const;

export const nodesView = v.strictObject({
  items: v.array(nodeView),
  ...listEntries,
  /** The offset of the next page, for tables that jump. */
  nextOffset: v.nullable(integer(0)),
});
export const farmsView = v.strictObject({ items: v.array(farmView), ...listEntries });
export const contractsView = v.strictObject({ items: v.array(contractView), ...listEntries });

export type NodeFilter = v.InferOutput<typeof nodeFilter>;
export type NodeSort = v.InferOutput<typeof nodeSort>;
export type FarmFilter = v.InferOutput<typeof farmFilter>;
export type FarmSort = v.InferOutput<typeof farmSort>;
export type ContractFilter = v.InferOutput<typeof contractFilter>;
/** Sums over many nodes: more than a number holds exactly. */
const capacitySum = v.strictObject({
  cruMilli: v.bigint(),
  mruBytes: v.bigint(),
  sruBytes: v.bigint(),
  hruBytes: v.bigint(),
});
const counts = <P extends string>(parts: readonly P[]) =>
  v.strictObject(Object.fromEntries(parts.map((part) => [part, integer(0)])) as Record<P, ReturnType<typeof integer>>);

/** The grid in numbers, at its head. */
export const statsView = v.strictObject({
  height: integer(0),
  timeMs,
  nodes: integer(0),
  nodesUp: integer(0),
  farms: integer(0),
  /** Countries with at least one node. */
  countries: integer(0),
  nodesByCountry: v.array(v.strictObject({ country: v.string(), nodes: integer(0) })),
  total: capacitySum,
  /** Promised to contracts. */
  used: capacitySum,
  freeOnUpNodes: capacitySum,
  contracts: counts(contractStates),
  /** Of contracts that are not over. */
  workloads: counts(['waiting', 'ok', 'error', 'paused', 'deleted']),
  accounts: integer(0),
  profiles: integer(0),
});

/** One hit of a search, best first; names are claims, not identities. */
export const searchView = v.variant('kind', [
  v.strictObject({ kind: v.literal('profile'), profile: profileView }),
  v.strictObject({ kind: v.literal('farm'), farm: farmView }),
]);

export type StatsView = v.InferOutput<typeof statsView>;
export type SearchView = v.InferOutput<typeof searchView>;
export type NodesView = v.InferOutput<typeof nodesView>;
export type FarmsView = v.InferOutput<typeof farmsView>;
export type ContractsView = v.InferOutput<typeof contractsView>;
/** The filters that a node's farm is judged by. */
export type FarmPlaceFilter = Pick<NodeFilter, keyof typeof farmPlaceEntries>;
