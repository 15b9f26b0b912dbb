// The capacity browser's question at 100,000 nodes: which of them fit, how many, and what does each filter remove. Beside
// a full scan of the same rows by SQLite that only counts.

import type { Store } from '../../bcdb/store/store.ts';
import type { NodeFilter, NodeSort, NodesView } from '../../core/query-views.ts';
import { bytesPerGb } from '../../core/units.ts';
import { openStore } from './bench-grid.ts';
import { bigGrid, countries, size } from './big-grid.ts';
import { type Bench, type BenchContext, counted, type Figure } from './figure.ts';
import { type FlatTable, flatTable } from './flat-table.ts';
import { timed } from './measure.ts';
import { createRandom, type Random } from './random.ts';
import { percentile } from './statistics.ts';

const page = 50;
const calls = 60;

/** How people ask: one question, different every time. */
type Mix = {
  readonly name: string;
  readonly sort: NodeSort;
  readonly filter: (random: Random) => NodeFilter;
};

const cores = (random: Random): number => 1000 * random.pick([2, 4, 8, 16, 32]);
const gigabytes = (random: Random): number => bytesPerGb * random.pick([4, 8, 16, 32, 64]);
const price = (random: Random): bigint => BigInt(200_000 + 10_000 * random.next(80));

const mixes: readonly Mix[] = [
  { name: 'none', sort: 'freeCru', filter: () => ({}) },
  { name: 'country', sort: 'freeMru', filter: (random) => ({ country: random.pick(countries) }) },
  {
    name: 'free',
    sort: 'price',
    filter: (random) => ({ freeCruMilli: cores(random), freeMruBytes: gigabytes(random) }),
  },
  { name: 'city', sort: 'farm', filter: (random) => ({ city: random.pick(['an', 'ber', 'ST', 'o', 'osaka']) }) },
  {
    name: 'farm-words',
    sort: 'id',
    filter: (random) => ({ farmName: random.pick(['north', 'sto', 'green river', 'cloud', 'upp mea fa']) }),
  },
  { name: 'price', sort: 'price', filter: (random) => ({ maxCuHourStroops: price(random) }) },
  {
    name: 'several',
    sort: 'freeSru',
    filter: (random) => ({
      status: 'up',
      country: random.pick(countries),
      freeCruMilli: cores(random),
      freeSruBytes: 16 * gigabytes(random),
      maxCuHourStroops: price(random),
    }),
  },
];

/** Asks, and holds the count against the scan's. */
function ask(
  store: Store,
  flat: FlatTable,
  mix: Mix,
  random: Random,
): { readonly ms: number; readonly scanMs: number } {
  const filter = mix.filter(random);
  const answers: NodesView[] = [];
  const query = {
    filter,
    sort: mix.sort,
    descending: random.next(2) === 0,
    offset: page * random.next(3),
    limit: page,
  };
  const ms = timed(() => answers.push(store.query('nodes', query)));
  const { count, scanMs } = flat.count(filter);
  const answer = answers[0];
  if (answer?.count !== count || answer.total !== size.nodes) {
    throw new Error(`${mix.name}: ${answer?.count} nodes by the index, ${count} by SQLite`);
  }
  return { ms, scanMs };
}

function measure(store: Store, flat: FlatTable, mix: Mix): readonly Figure[] {
  const random = createRandom(11);
  const asked = Array.from({ length: calls }, () => ask(store, flat, mix, random));
  return [50, 95].map((percent) => ({
    name: `capacity/${mix.name}/p${percent}`,
    value: percentile(
      asked.map(({ ms }) => ms),
      percent,
    ),
    unit: 'ms',
    baseline: percentile(
      asked.map(({ scanMs }) => scanMs),
      percent,
    ),
    against: 'count(*) by a full scan in SQLite',
  }));
}

async function run({ say }: BenchContext): Promise<readonly Figure[]> {
  const folder = await bigGrid(say);
  const store = openStore(folder, { how: 'open' });
  try {
    say('copying all nodes into a flat table for the scans');
    const flat = flatTable(store);
    const figures = mixes.flatMap((mix) => measure(store, flat, mix));
    flat.close();
    return figures;
  } finally {
    store.close();
  }
}

export const capacity: Bench = {
  name: 'capacity',
  title: `Capacity queries at ${counted(size.nodes)} nodes`,
  how:
    `The \`nodes\` query over ${counted(size.nodes)} nodes of ${counted(size.farms)} farms in ${size.countries} ` +
    `countries, which came in as signed records: count, what each filter removes, and a sorted page of ${page}; ${calls} ` +
    'calls a mix, each with other values. The baseline counts the same rows in one narrow SQLite table in memory and ' +
    'answers nothing else; both counts must agree.',
  lacks: () => undefined,
  run,
};
