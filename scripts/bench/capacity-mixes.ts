// How people ask the capacity browser: mixes of filters, each question with other values. Pure.

import type { NodeFilter, NodeSort } from '../../core/query-views.ts';
import { bytesPerGb } from '../../core/units.ts';
import { countries } from './big-grid.ts';
import type { Random } from './random.ts';

/** One way of asking, different every time. */
export type Mix = {
  readonly name: string;
  readonly sort: NodeSort;
  readonly filter: (random: Random) => NodeFilter;
};

const cores = (random: Random): number => 1000 * random.pick([2, 4, 8, 16, 32]);
const gigabytes = (random: Random): number => bytesPerGb * random.pick([4, 8, 16, 32, 64]);
const price = (random: Random): bigint => BigInt(200_000 + 10_000 * random.next(80));

export const mixes: readonly Mix[] = [
  { name: 'none', sort: 'freeCru', filter: () => ({}) },
  { name: 'country', sort: 'freeMru', filter: (random) => ({ country: random.pick(countries) }) },
  {
    name: 'free',
    sort: 'price',
    filter: (random) => ({ freeCruMilli: cores(random), freeMruBytes: gigabytes(random) }),
  },
  // Values that no machine has exactly: the hardest for an index of bins.
  {
    name: 'odd-values',
    sort: 'lastSeen',
    filter: (random) => ({
      freeCruMilli: 1 + random.next(30_000),
      freeMruBytes: 1 + random.next(64) * 1_000_000_007,
      totalSruBytes: 1 + random.next(2000) * 1_000_000_007,
    }),
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
  {
    name: 'twelve',
    sort: 'created',
    filter: (random) => ({
      status: 'up',
      region: random.pick(['europe', 'asia']),
      city: random.pick(['a', 'o', 'e']),
      freeCruMilli: 1 + random.next(8000),
      freeMruBytes: 1 + random.next(8) * 1_000_000_007,
      freeSruBytes: 1 + random.next(200) * 1_000_000_007,
      totalCruMilli: cores(random),
      totalHruBytes: random.next(2) * bytesPerGb,
      minCuHourStroops: BigInt(100_000 + 10_000 * random.next(20)),
      maxCuHourStroops: price(random),
      maxSuHourStroops: BigInt(300_000 + 5000 * random.next(50)),
      features: ['container'],
    }),
  },
];
