// All nodes of a store as one PostgreSQL table with the indexes that one would give it: what the capacity browser's page and
// count cost there. A second opinion on the counts.

import type { Client } from 'pg';
import { fold } from '../../bcdb/store/queries/fold.ts';
import type { Store } from '../../bcdb/store/store.ts';
import type { NodeFilter, NodeSort } from '../../core/query-views.ts';
import { regionOf } from '../../core/regions.ts';
import { allNodes } from './flat-table.ts';

const columns = [
  ['id', 'text'],
  ['free_cru', 'bigint'],
  ['free_mru', 'bigint'],
  ['free_sru', 'bigint'],
  ['total_cru', 'bigint'],
  ['total_sru', 'bigint'],
  ['total_hru', 'bigint'],
  ['status', 'text'],
  ['country', 'text'],
  ['region', 'text'],
  ['city', 'text'],
  ['farm_name', 'text'],
  ['farm', 'text'],
  ['cu_price', 'bigint'],
  ['su_price', 'bigint'],
  ['created', 'bigint'],
  ['last_seen', 'bigint'],
  ['features', 'text'],
] as const;

/** By sort key and id; by what is filtered together; text by trigrams; and the nodes that are up apart. */
const indexes = [
  'CREATE UNIQUE INDEX ON nodes (id)',
  ...['free_cru', 'free_mru', 'free_sru', 'cu_price', 'created', 'last_seen'].map(
    (name) => `CREATE INDEX ON nodes (${name}, id)`,
  ),
  'CREATE INDEX ON nodes (farm_name, farm, id)',
  'CREATE INDEX ON nodes (country, free_mru, id)',
  'CREATE INDEX ON nodes (free_cru, free_mru)',
  'CREATE INDEX ON nodes (country, free_cru, free_sru, cu_price)',
  "CREATE INDEX ON nodes (country, free_sru, free_cru) WHERE status = 'up'",
  'CREATE EXTENSION pg_trgm',
  'CREATE INDEX ON nodes USING gin (city gin_trgm_ops)',
  'CREATE INDEX ON nodes USING gin (farm_name gin_trgm_ops)',
];

const conditions = {
  freeCruMilli: 'free_cru >= ?',
  freeMruBytes: 'free_mru >= ?',
  freeSruBytes: 'free_sru >= ?',
  totalCruMilli: 'total_cru >= ?',
  totalSruBytes: 'total_sru >= ?',
  totalHruBytes: 'total_hru >= ?',
  status: 'status = ?',
  country: 'country = ?',
  region: 'region = ?',
  city: "city LIKE '%' || ? || '%'",
  farmName: "' ' || farm_name LIKE '% ' || ? || '%'",
  minCuHourStroops: 'cu_price >= ?',
  maxCuHourStroops: 'cu_price <= ?',
  maxSuHourStroops: 'su_price <= ?',
  features: "features LIKE '%' || ? || '%'",
} as const satisfies { readonly [F in keyof NodeFilter]?: string };

const sorts: { readonly [S in NodeSort]?: string } = {
  id: 'id',
  farm: 'farm_name, farm',
  freeCru: 'free_cru',
  freeMru: 'free_mru',
  freeSru: 'free_sru',
  price: 'cu_price',
  created: 'created',
  lastSeen: 'last_seen',
};

const rowsPerInsert = 5000;

/** Copies all nodes, makes the indexes, and lets the planner look at them. */
export async function fillNodes(client: Client, store: Store): Promise<void> {
  await client.query('DROP TABLE IF EXISTS nodes; DROP EXTENSION IF EXISTS pg_trgm');
  await client.query(`CREATE TABLE nodes (${columns.map(([name, type]) => `${name} ${type} NOT NULL`).join(', ')})`);
  const arrays = columns.map(([, type], at) => `$${at + 1}::${type}[]`).join(', ');
  const insert = { name: 'insert', text: `INSERT INTO nodes SELECT * FROM unnest(${arrays})` };
  let rows: unknown[][] = [];
  const flush = async (): Promise<void> => {
    await client.query({ ...insert, values: columns.map((_, at) => rows.map((row) => row[at])) });
    rows = [];
  };
  for (const node of allNodes(store)) {
    const { free, capacity, prices } = node;
    rows.push([
      node.id,
      free.cruMilli,
      free.mruBytes,
      free.sruBytes,
      capacity.cruMilli,
      capacity.sruBytes,
      capacity.hruBytes,
      node.status,
      node.country,
      regionOf(node.country) ?? '',
      fold(node.city),
      fold(node.farmName),
      node.farm,
      prices.cuHourStroops.toString(),
      prices.suHourStroops.toString(),
      node.createdMs,
      node.lastSeenMs,
      node.features.join(' '),
    ]);
    if (rows.length === rowsPerInsert) await flush();
  }
  await flush();
  for (const index of indexes) await client.query(index);
  await client.query('VACUUM ANALYZE nodes');
}

type Asked = {
  readonly filter: NodeFilter;
  readonly sort: NodeSort;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
};

/** Page and count by two prepared statements, one after the other. */
export async function askNodes(client: Client, asked: Asked): Promise<{ readonly count: number; readonly ms: number }> {
  const values: unknown[] = [];
  const where = Object.entries(asked.filter).flatMap(([name, value]) => {
    const condition = conditions[name as keyof typeof conditions];
    if (condition === undefined) throw new Error(`no condition for ${name}`);
    const parts = name === 'farmName' ? String(value).split(' ') : [value];
    return parts.map((part) => {
      values.push(typeof part === 'string' && name !== 'country' ? part.toLowerCase() : String(part));
      return condition.replace('?', `$${values.length}`);
    });
  });
  const from = `FROM nodes${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}`;
  const direction = asked.descending ? 'DESC' : 'ASC';
  const keys = (sorts[asked.sort] ?? 'id').split(', ').map((key) => `${key} ${direction}`);
  const order = asked.sort === 'id' ? keys : [...keys, `id ${direction}`];
  const page = `SELECT * ${from} ORDER BY ${order.join(', ')} LIMIT ${asked.limit} OFFSET ${asked.offset}`;
  const count = `SELECT count(*)::int AS count ${from}`;
  const start = performance.now();
  await client.query({ name: nameOf(page), text: page, values });
  const { rows } = await client.query<{ count: number }>({ name: nameOf(count), text: count, values });
  return { count: rows[0]?.count ?? -1, ms: performance.now() - start };
}

/** A statement's name is at most 63 bytes. */
const names = new Map<string, string>();
function nameOf(text: string): string {
  const known = names.get(text) ?? `s${names.size}`;
  names.set(text, known);
  return known;
}
