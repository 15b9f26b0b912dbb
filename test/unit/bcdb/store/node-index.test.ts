// The capacity browser's index against the naive answer: filters, counts, what each filter removes, order, pages.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Farm } from '../../../../bcdb/state.ts';
import { NodeIndex, type NodeRow } from '../../../../bcdb/store/queries/node-index.ts';
import { toHex } from '../../../../core/bytes.ts';
import type { NodeFilter, NodeSort } from '../../../../core/views.ts';
import { seedOf } from '../../../support/bcdb-grid.ts';

const farms: readonly Farm[] = [
  ['Zon', 'BE', 'Ghent', 10n],
  ['alpha', 'NL', 'Gouda', 30n],
  ['Zon', 'BE', 'Brugge', 20n],
].map(([name, country, city, price], at) => ({
  id: toHex(seedOf(`farm ${at}`)),
  owner: toHex(seedOf('owner')),
  name: String(name),
  country: String(country),
  city: String(city),
  prices: { cuHourStroops: BigInt(price ?? 0), suHourStroops: 1n },
  payout: toHex(seedOf('owner')),
  accept: { auto: true, minTermSeconds: 0, blocked: [] },
  nodeCount: 0,
}));

const few = fc.integer({ min: 0, max: 4 });
const node: fc.Arbitrary<NodeRow> = fc.record({
  id: fc.integer({ min: 0, max: 40 }).map((at) => toHex(seedOf(`node ${at}`))),
  farm: fc.constantFrom(...farms.map(({ id }) => id)),
  freeCruMilli: few,
  freeMruBytes: few,
  freeSruBytes: few,
  freeHruBytes: few,
  isUp: fc.boolean(),
  lastSeenMs: few,
});
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const filter: fc.Arbitrary<NodeFilter> = fc.record({
  freeCruMilli: maybe(few),
  freeMruBytes: maybe(few),
  freeSruBytes: maybe(few),
  freeHruBytes: maybe(few),
  country: maybe(fc.constantFrom('BE', 'NL', 'FR')),
  city: maybe(fc.constantFrom('g', 'GHE', 'x')),
  farmName: maybe(fc.constantFrom('zon', 'alpha', 'none')),
  farm: maybe(fc.constantFrom(...farms.map(({ id }) => id))),
  status: maybe(fc.constantFrom('up' as const, 'down' as const)),
  maxCuHourStroops: maybe(fc.constantFrom(10n, 25n)),
});
const sorts: readonly NodeSort[] = ['id', 'farm', 'country', 'freeCru', 'freeMru', 'freeSru', 'price', 'lastSeen'];

const farmOf = (row: NodeRow): Farm => {
  const farm = farms.find(({ id }) => id === row.farm);
  if (farm === undefined) throw new Error('no such farm');
  return farm;
};

const passes: { readonly [F in keyof Required<NodeFilter>]: (row: NodeRow, filter: NodeFilter) => boolean } = {
  freeCruMilli: (row, { freeCruMilli = 0 }) => row.freeCruMilli >= freeCruMilli,
  freeMruBytes: (row, { freeMruBytes = 0 }) => row.freeMruBytes >= freeMruBytes,
  freeSruBytes: (row, { freeSruBytes = 0 }) => row.freeSruBytes >= freeSruBytes,
  freeHruBytes: (row, { freeHruBytes = 0 }) => row.freeHruBytes >= freeHruBytes,
  country: (row, { country }) => farmOf(row).country === country,
  city: (row, { city = '' }) => farmOf(row).city.toLowerCase().includes(city.toLowerCase()),
  farmName: (row, { farmName }) => farmOf(row).name.toLowerCase() === farmName,
  farm: (row, { farm }) => row.farm === farm,
  status: (row, { status }) => row.isUp === (status === 'up'),
  maxCuHourStroops: (row, { maxCuHourStroops = 0n }) => farmOf(row).prices.cuHourStroops <= maxCuHourStroops,
};

const sortKey: { readonly [S in NodeSort]: (row: NodeRow) => string | number } = {
  id: ({ id }) => id,
  farm: (row) => `${farmOf(row).name.toLowerCase()} ${row.farm}`,
  country: (row) => farmOf(row).country,
  freeCru: ({ freeCruMilli }) => freeCruMilli,
  freeMru: ({ freeMruBytes }) => freeMruBytes,
  freeSru: ({ freeSruBytes }) => freeSruBytes,
  price: (row) => Number(farmOf(row).prices.cuHourStroops),
  lastSeen: ({ lastSeenMs }) => lastSeenMs,
};

const order = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

describe('the node index', () => {
  it('answers as a scan of everything would', () => {
    const asked = fc.record({
      filter,
      sort: fc.constantFrom(...sorts),
      descending: fc.boolean(),
      offset: fc.nat(10),
      limit: fc.nat(10),
    });
    fc.assert(
      fc.property(fc.array(node, { maxLength: 60 }), asked, (rows, question) => {
        const index = new NodeIndex();
        for (const farm of farms) index.putFarm(farm);
        for (const row of rows) index.putNode(row);
        const last = [...new Map(rows.map((row) => [row.id, row])).values()];
        const used = (Object.keys(passes) as (keyof NodeFilter)[]).filter(
          (name) => question.filter[name] !== undefined,
        );
        const through = (names: readonly (keyof NodeFilter)[]): readonly NodeRow[] =>
          last.filter((row) => names.every((name) => passes[name](row, question.filter)));
        const found = through(used);
        const sign = question.descending ? -1 : 1;
        const key = sortKey[question.sort];
        const sorted = found.toSorted((a, b) => sign * order(key(a), key(b)) || order(a.id, b.id));
        const { filter: asked } = question;
        const named =
          asked.farmName === undefined
            ? undefined
            : new Set(farms.filter(({ name }) => name.toLowerCase() === asked.farmName).map(({ id }) => id));
        expect(index.find(question, named)).toEqual({
          ids: sorted.slice(question.offset, question.offset + question.limit).map(({ id }) => id),
          count: found.length,
          total: last.length,
          removedBy: Object.fromEntries(
            used.map((name) => [name, through(used.filter((other) => other !== name)).length - found.length]),
          ),
        });
      }),
      { numRuns: 400 },
    );
  });

  it('grows beyond its first size, and sees changes of farms', () => {
    const index = new NodeIndex();
    const [farm] = farms;
    if (farm === undefined) throw new Error('no farm');
    index.putFarm(farm);
    const row = { farm: farm.id, freeCruMilli: 1, freeMruBytes: 1, freeSruBytes: 1, freeHruBytes: 1 };
    for (let at = 0; at < 3000; at++)
      index.putNode({ ...row, id: toHex(seedOf(`n${at}`)), isUp: true, lastSeenMs: at });
    const question = { sort: 'lastSeen', descending: true, offset: 2999, limit: 5 } as const;
    expect(index.find({ ...question, filter: {} }, undefined)).toMatchObject({
      count: 3000,
      ids: [toHex(seedOf('n0'))],
    });
    index.putFarm({ ...farm, country: 'FR' });
    expect(index.find({ ...question, filter: { country: 'BE' } }, undefined)).toMatchObject({
      count: 0,
      removedBy: { country: 3000 },
    });
  });
});
