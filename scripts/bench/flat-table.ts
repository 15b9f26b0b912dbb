// All nodes of a store as one narrow SQLite table in memory without an index: what a plain full scan costs for the same
// rows and filters. The baseline of the capacity queries, and a second opinion on their counts.

import Database from 'better-sqlite3';
import { fold } from '../../bcdb/store/queries/fold.ts';
import type { Store } from '../../bcdb/store/store.ts';
import type { NodeFilter, NodesView } from '../../core/query-views.ts';
import type { NodeView } from '../../core/views.ts';

export type FlatTable = {
  /** It has a condition for each of these filters. */
  knows(filter: NodeFilter): boolean;
  count(filter: NodeFilter): { readonly count: number; readonly scanMs: number };
  close(): void;
};

/** One condition a filter. Words of a farm's name are prefixes of its words. */
const conditions = {
  freeCruMilli: 'free_cru >= ?',
  freeMruBytes: 'free_mru >= ?',
  freeSruBytes: 'free_sru >= ?',
  freeHruBytes: 'free_hru >= ?',
  status: 'status = ?',
  country: 'country = ?',
  city: 'instr(lower(city), lower(?)) > 0',
  farmName: "instr(' ' || lower(farm_name), ' ' || lower(?)) > 0",
  farm: 'farm = ?',
  maxCuHourStroops: 'cu_price <= ?',
} as const satisfies Partial<Record<keyof NodeFilter, string>>;
type Filtered = keyof typeof conditions;

const isFilterName = (name: string): name is Filtered => Object.hasOwn(conditions, name);

/** Every value that a filter holds against the table; a name holds one for each of its words. */
const valuesOf = (name: Filtered, value: unknown): readonly unknown[] =>
  name === 'farmName' ? String(value).split(' ') : [value];

/** Every node of a store, by its own query and its cursors. */
export function* allNodes(store: Store): Iterable<NodeView> {
  let after: string | undefined;
  do {
    const page: NodesView = store.query('nodes', { filter: {}, sort: 'id', descending: false, after, limit: 1000 });
    yield* page.items;
    after = page.next ?? undefined;
  } while (after !== undefined);
}

/** Reads all nodes of the store through its own query. */
export function flatTable(store: Store): FlatTable {
  const db = new Database(':memory:');
  db.exec(`CREATE TABLE flat (free_cru INTEGER, free_mru INTEGER, free_sru INTEGER, free_hru INTEGER, status TEXT,
    country TEXT, city TEXT, farm_name TEXT, farm TEXT, cu_price INTEGER) STRICT`);
  const insert = db.prepare('INSERT INTO flat VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  db.transaction(() => {
    for (const { free, status, country, city, farmName, farm, prices } of allNodes(store)) {
      const { cruMilli, mruBytes, sruBytes, hruBytes } = free;
      insert.run(
        cruMilli,
        mruBytes,
        sruBytes,
        hruBytes,
        status,
        country,
        fold(city),
        fold(farmName),
        farm,
        prices.cuHourStroops,
      );
    }
  })();
  return {
    knows: (filter) => Object.keys(filter).every(isFilterName),
    count(filter) {
      const used = Object.entries(filter).flatMap(([name, value]) =>
        isFilterName(name) ? valuesOf(name, value).map((one) => ({ condition: conditions[name], value: one })) : [],
      );
      const where = used.map(({ condition }) => ` AND ${condition}`).join('');
      const count = db
        .prepare<unknown[], number>(`SELECT count(*) FROM flat WHERE free_cru IS NOT NULL${where}`)
        .pluck();
      const start = performance.now();
      const found = count.get(...used.map(({ value }) => value)) ?? 0;
      return { count: found, scanMs: performance.now() - start };
    },
    close: () => void db.close(),
  };
}
