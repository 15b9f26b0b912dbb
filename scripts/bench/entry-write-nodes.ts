// The thread that writes the records of the big grid: keys, bodies, countersignatures, signatures. Posts one batch a block;
// judges nothing.

import { parentPort } from 'node:worker_threads';
import { countersignBytes } from '../../core/bodies.ts';
import { bytesPerGb, type Capacity } from '../../core/units.ts';
import { Author } from './author.ts';
import { type Batch, bigGridFounding, countries, size } from './big-grid.ts';
import { createRandom, type Random } from './random.ts';

const perFarm = size.nodes / size.farms;
const farmsPerBatch = 20;
/** Farms whose nodes fall silent: 6 %, whole batches. */
const silentFarms = 60;

const cities =
  `Abuja Amsterdam Athens Auckland Bangalore Barcelona Berlin Brussels Bucharest Budapest Busan Cairo Cape Town
Copenhagen Dubai Dublin Ghent Hamburg Helsinki Istanbul Kyiv Lisbon London Lyon Madrid Milan Montreal Munich Nairobi Osaka
Oslo Paris Prague Rome Santiago São Paulo Singapore Stockholm Sydney Tel Aviv Tokyo Toronto Vienna Warsaw Zurich`
    .split(/\n| (?=[A-Z])/)
    .map((city) => city.trim()) as [string, ...string[]];
const first = 'North South East West Green Blue Red Old New Upper Lower Little Great Silent Bright'.split(' ') as [
  string,
  ...string[],
];
const second = 'Stone River Forest Harbor Mill Orchard Valley Meadow Tower Bridge Lake Garden Hill Field'.split(
  ' ',
) as [string, ...string[]];
const third = 'Farm Cloud Grid Racks Compute Storage Works House'.split(' ') as [string, ...string[]];

/** Machines as people have them: from a small board to a rack server. */
function someCapacity(random: Random): Capacity {
  const cores = random.pick([2, 4, 8, 8, 16, 24, 32, 64]);
  return {
    cruMilli: cores * 1000,
    mruBytes: cores * random.pick([1, 2, 4, 8]) * bytesPerGb,
    sruBytes: random.pick([64, 250, 500, 1000, 2000, 8000]) * bytesPerGb,
    hruBytes: random.pick([0, 0, 2000, 8000, 40_000]) * bytesPerGb,
  };
}

/** A farmer's `farm` record; its id is the record's. */
function writeFarm(farmer: Author, grid: Uint8Array, at: number, random: Random): Uint8Array {
  const { bytes } = farmer.write(grid, 'farm', {
    name: `${random.pick(first)} ${random.pick(second)} ${random.pick(third)}`,
    place: { country: countries[at % size.countries] ?? 'BE', city: random.pick(cities) },
    prices: {
      cuHourStroops: BigInt(100_000 + 10_000 * random.next(100)),
      suHourStroops: BigInt(50_000 + 5000 * random.next(100)),
    },
    payout: farmer.key,
    accept: { auto: true, minTermSeconds: 3600, blocked: [] },
  });
  return bytes;
}

/** A `node` record with the farmer's countersignature. */
function writeNode(name: string, farmer: Author, grid: Uint8Array, random: Random): Uint8Array {
  const node = new Author(name);
  const said = { farm: farmer.last, capacity: someCapacity(random), features: ['container'], net: node.seed };
  const countersignature = farmer.sign(countersignBytes({ grid, node: node.key, ...said }));
  return node.write(grid, 'node', { ...said, agentVersion: '0.1.0', countersignature }).bytes;
}

const { farmers, founding } = bigGridFounding();
const { grid } = founding;
const random = createRandom(7);
const post = (batch: Batch): void => parentPort?.postMessage(batch, []);

post({ records: farmers.map((farmer, at) => writeFarm(farmer, grid, at, random)), isLater: false });
for (let from = 0; from < farmers.length; from += farmsPerBatch) {
  const records = farmers
    .slice(from, from + farmsPerBatch)
    .flatMap((farmer, at) =>
      Array.from({ length: perFarm }, (_, node) => writeNode(`node ${from + at}/${node}`, farmer, grid, random)),
    );
  post({ records, isLater: from === silentFarms });
}
