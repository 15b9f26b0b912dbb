// The capacity browser's question: which nodes fit, how many, and what does each filter remove; at 100,000 nodes that came in as
// signed records and at 1,000,000 made ones. Beside PostgreSQL for page and count, and beside a full scan by SQLite.

import type { Store } from '../../bcdb/store/store.ts';
import type { NodesView } from '../../core/query-views.ts';
import { openStore } from './bench-grid.ts';
import { bigGrid, size } from './big-grid.ts';
import { type Mix, mixes } from './capacity-mixes.ts';
import { type Bench, type BenchContext, counted, type Figure } from './figure.ts';
import { flatTable } from './flat-table.ts';
import { madeGrid, madeSize } from './made-grid.ts';
import { timed } from './measure.ts';
import { askNodes, fillNodes } from './postgres-nodes.ts';
import { lacksPostgres, type PostgresServer, startPostgres } from './postgres-server.ts';
import { createRandom, type Random } from './random.ts';
import { percentile } from './statistics.ts';

const page = 50;
const calls = 60;

const askedOf = ({ filter, sort }: Mix, random: Random) => ({
  filter: filter(random),
  sort,
  descending: random.next(2) === 0,
  offset: page * random.next(3),
  limit: page,
});
type Asked = ReturnType<typeof askedOf>;

/** What a second opinion on a question costs, and its count. */
type Second = (asked: Asked) => Promise<{ readonly count: number; readonly ms: number }>;

/** Asks a mix of the index and of another; both must count the same. */
async function measure(
  store: Store,
  mix: Mix,
  name: string,
  against: string,
  second: Second,
): Promise<readonly Figure[]> {
  const random = createRandom(11);
  const [own, other]: [number[], number[]] = [[], []];
  for (let call = 0; call < calls; call++) {
    const asked = askedOf(mix, random);
    const answers: NodesView[] = [];
    own.push(timed(() => answers.push(store.query('nodes', asked))));
    const { count, ms } = await second(asked);
    other.push(ms);
    if (answers[0]?.count !== count) throw new Error(`${mix.name}: ${answers[0]?.count} by the index, ${count} there`);
  }
  return [50, 95].map((percent) => ({
    name: `capacity/${name}/${mix.name}/p${percent}`,
    value: percentile(own, percent),
    unit: 'ms',
    baseline: percentile(other, percent),
    against,
  }));
}

/** Opens a grid, and how long its index takes in slices: the longest is what anybody else may wait. */
function indexed(folder: string, name: string): { readonly store: Store; readonly figures: readonly Figure[] } {
  const before = process.memoryUsage();
  const store = openStore(folder, { how: 'open' });
  const slices: number[] = [];
  for (let isBusy = true; isBusy; ) slices.push(timed(() => (isBusy = store.queries.prepare(8))));
  const after = process.memoryUsage();
  const bytes = after.rss - before.rss;
  const { total } = store.query('nodes', { filter: {}, sort: 'id', descending: false, limit: 1 });
  const sum = slices.reduce((all, each) => all + each, 0);
  const figures: readonly Figure[] = [
    {
      name: `capacity/${name}/index`,
      value: sum,
      unit: 'ms',
      baseline: percentile(slices, 100),
      against: 'its longest slice',
    },
    { name: `capacity/${name}/memory`, value: bytes / total, unit: 'bytes/node', baseline: 0, against: 'nothing' },
  ];
  return { store, figures };
}

async function measureAll(
  store: Store,
  name: string,
  server: PostgresServer | undefined,
  say: BenchContext['say'],
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  if (server !== undefined) {
    say(`${name}: copying all nodes into PostgreSQL`);
    await fillNodes(server.client, store);
    const against = `PostgreSQL ${server.version}: page and count`;
    for (const mix of mixes)
      figures.push(...(await measure(store, mix, name, against, (asked) => askNodes(server.client, asked))));
  }
  say(`${name}: copying all nodes into a flat table for the scans`);
  const flat = flatTable(store);
  for (const mix of mixes) {
    const scanned = `${name}/scan`;
    if (!flat.knows(mix.filter(createRandom(1)))) continue;
    const scan: Second = async ({ filter }) => {
      const { count, scanMs } = flat.count(filter);
      return { count, ms: scanMs };
    };
    figures.push(...(await measure(store, mix, scanned, 'count(*) by a full scan in SQLite', scan)));
  }
  flat.close();
  return figures;
}

async function run({ say }: BenchContext): Promise<readonly Figure[]> {
  const lacks = lacksPostgres();
  if (lacks !== undefined) say(`without PostgreSQL: ${lacks}`);
  const folders = [
    ['100k', await bigGrid(say)],
    ['1M', madeGrid(say)],
  ] as const;
  const server = lacks === undefined ? await startPostgres() : undefined;
  try {
    const figures: Figure[] = [];
    for (const [name, folder] of folders) {
      const { store, figures: built } = indexed(folder, name);
      try {
        figures.push(...built, ...(await measureAll(store, name, server, say)));
      } finally {
        store.close();
      }
    }
    return figures;
  } finally {
    await server?.stop();
  }
}

export const capacity: Bench = {
  name: 'capacity',
  title: `Capacity queries at ${counted(size.nodes)} and ${counted(madeSize.nodes)} nodes`,
  how:
    `The \`nodes\` query: count, what each filter removes, and a sorted page of ${page} with all that is shown of a node; ${calls} ` +
    `calls a mix, each with other values. 100k: ${counted(size.nodes)} nodes of ${counted(size.farms)} farms that came in as ` +
    `signed records. 1M: ${counted(madeSize.nodes)} nodes of ${counted(madeSize.farms)} farms, made as objects and written by the ` +
    'code that writes blocks, because signing them all would take most of an hour. Beside it PostgreSQL with indexes for every sort key, ' +
    'composite, partial and trigram ones, analysed, by prepared statements over a unix socket: page and count, not what each filter ' +
    'removes. And a full scan of one narrow SQLite table in memory that only counts. All counts must agree. index: building it in slices.',
  lacks: () => undefined,
  run,
};
