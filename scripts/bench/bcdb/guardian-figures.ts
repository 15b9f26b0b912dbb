// What several guardians cost: from handed in to final with 1, 3, 4 and 7 of them, beside a bare message of the same stream;
// and how many records a second three of them accept, agree on, execute and certify.

import { join } from 'node:path';
import { findServer } from '../../../bcdb/sequencer/find-server.ts';
import type { Figure } from '../figure.ts';
import { percentile } from '../statistics.ts';
import { GuardianGrid } from './guardians.ts';

const counts = [1, 3, 4, 7];
/** Three guardians are the fewest that can lose one. */
const rateCount = 3;
const payments = 60;
const warmUps = 5;
const atOnce = 10_000;

function payerOf(grid: GuardianGrid): (count: number) => readonly Uint8Array[] {
  let written = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      const author = grid.people[written % grid.people.length];
      const to = grid.people[++written % grid.people.length];
      if (author === undefined || to === undefined) throw new Error('nobody');
      return author.write(grid.grid, 'transfer', { to: to.key, amountStroops: 1n }).bytes;
    });
}

/** Why there are no such figures here. */
export async function lacksServer(): Promise<string | undefined> {
  try {
    await findServer();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** `measureRaw`: signature checks a second on all cores, taken right before the rate that stands beside it. */
export async function guardianFigures(
  folder: string,
  say: (line: string) => void,
  measureRaw: () => Promise<number>,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const count of counts) {
    say(`${count} guardian${count === 1 ? '' : 's'}, each with a nats-server`);
    const grid = await GuardianGrid.start(join(folder, `guardians-${count}`), count, say);
    const pay = payerOf(grid);
    try {
      await grid.oneByOne(pay(warmUps));
      const { finalMs, publishMs } = await grid.oneByOne(pay(payments));
      for (const percent of [50, 95]) {
        figures.push({
          name: `bcdb/finality/${count}/p${percent}`,
          value: percentile(finalMs, percent),
          unit: 'ms',
          baseline: percentile(publishMs, percent),
          against: 'a bare message, durable in the same stream',
        });
      }
      if (count !== rateCount) continue;
      const records = pay(atOnce);
      figures.push({
        name: `bcdb/guardians/${count}/end-to-end`,
        baseline: await measureRaw(),
        value: await grid.all(records),
        unit: 'records/s',
        against: 'raw libsodium verifications, all cores',
      });
    } finally {
      await grid.stop();
    }
  }
  return figures;
}
