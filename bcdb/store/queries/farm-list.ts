/** The list of farms from memory: filters, counts, what each filter removes, and one page in order. */
import type { FarmFilter, FarmSort } from '../../../core/query-views.ts';
import type { CursorPlace } from './cursor.ts';
import { classesOf, type FarmEntry, type FarmTable, farmOrderText, judgesOf } from './farm-table.ts';
import { fold } from './fold.ts';
import type { NodeIndex, NodesAsked } from './node-index.ts';
import { selectPage } from './select-page.ts';

export type FarmsAsked = {
  readonly filter: FarmFilter;
  readonly sort: FarmSort;
  readonly descending: boolean;
  readonly limit: number;
  readonly after: CursorPlace | undefined;
} & Pick<NodesAsked, 'nowMs' | 'netOf'>;

export type FarmsFound = {
  /** Places in the farm table. */
  readonly page: readonly number[];
  readonly isLast: boolean;
  readonly count: number;
  readonly total: number;
  readonly removedBy: Readonly<Record<string, number>>;
};

/** What a farm is sorted by. */
function keyReader({ entries, numbers }: FarmTable, sort: FarmSort): (at: number) => number {
  if (sort === 'id') return () => 0;
  if (sort === 'nodes') return (at) => entries[at]?.farm.nodeCount ?? 0;
  const { values } =
    numbers[({ name: 'farm', price: 'cu', suPrice: 'su', country: 'country', city: 'city' } as const)[sort]];
  return (at) => values[at] ?? 0;
}

/** The sort key of a farm, as a cursor keeps it. */
export function farmKeyOf(table: FarmTable, sort: FarmSort, at: number): number | string {
  const { name, id, city } = (table.entries[at] as FarmEntry).farm;
  if (sort === 'name') return farmOrderText(name, id);
  return sort === 'city' ? fold(city) : keyReader(table, sort)(at);
}

export function listFarms(index: NodeIndex, asked: FarmsAsked): FarmsFound {
  const { farms } = index.columns;
  index.columns.ready('farm'); // labels as they are now
  const { node, ...own } = asked.filter;
  const judges = judgesOf(farms, own);
  const classes = classesOf(farms.entries.length, judges);
  const removed = new Map<string, number>(judges.map(({ name }) => [name, 0]));
  const hasNode = node === undefined ? undefined : index.farmsOf(index.outcome({ ...asked, filter: node }));
  if (hasNode !== undefined) removed.set('node', 0);
  const passing = new Uint32Array(farms.entries.length);
  let count = 0;
  for (let at = 0; at < classes.length; at++) {
    const isIn = hasNode === undefined || hasNode[at] === 1;
    const failed = classes[at] ?? 0;
    if (failed === 0 && isIn) passing[count++] = at;
    const alone = failed > 0 && isIn ? judges[failed - 1]?.name : failed === 0 ? 'node' : undefined;
    if (alone !== undefined && !(failed === 0 && isIn)) removed.set(alone, (removed.get(alone) ?? 0) + 1);
  }
  const found = passing.subarray(0, count);
  return { ...pageOf(index, asked, found), count, total: farms.entries.length, removedBy: Object.fromEntries(removed) };
}

function pageOf(
  index: NodeIndex,
  asked: FarmsAsked,
  found: Uint32Array,
): { readonly page: readonly number[]; readonly isLast: boolean } {
  const { farms } = index.columns;
  const { ids } = farms;
  const { sort, limit, after } = asked;
  const key = keyReader(farms, sort);
  const isById = sort === 'id';
  const sign = asked.descending ? -1 : 1;
  const idSign = isById ? sign : 1;
  let rows = found;
  if (after !== undefined) {
    const place = placeIn(index, sort, after);
    rows = found.filter((at) => {
      const order = isById ? 0 : sign * (key(at) - place.value);
      if (order !== 0) return order > 0;
      if (!place.isExact) return sign > 0;
      return idSign * Buffer.compare(ids.bytesOf(at), after.id) > 0;
    });
  }
  const sorted = { keys: new Float64Array(rows.length), ties: new Float64Array(rows.length) };
  const places = new Uint32Array(rows.length);
  for (const [place, at] of rows.entries()) {
    places[place] = place;
    sorted.keys[place] = key(at);
    sorted.ties[place] = idSign * ids.prefixOf(at);
  }
  const last = (a: number, b: number): number => idSign * ids.compare(rows[a] ?? 0, rows[b] ?? 0);
  const order = { ...sorted, isDescending: asked.descending, last };
  const page = selectPage(places, 0, limit, order).map((place) => rows[place] ?? 0);
  return { page, isLast: rows.length <= limit };
}

function placeIn(
  index: NodeIndex,
  sort: FarmSort,
  { key }: CursorPlace,
): { readonly value: number; readonly isExact: boolean } {
  if (typeof key === 'number') return { value: key, isExact: true };
  const { names, cities } = index.columns.farms;
  const { label, isExact } = (sort === 'name' ? names : cities).from(key);
  return { value: label, isExact };
}
