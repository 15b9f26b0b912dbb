// Links of a grid of four guardians are cut, whole or in one direction. A minority away: finality goes on. Too many away: nothing
// becomes final, everybody says so and names who is missing, and all of it becomes final once the links are healed.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { toHex } from '../../core/bytes.ts';
import type { Member } from '../../scripts/lab/member.ts';
import { needs } from '../support/needs.ts';
import { rounds } from '../support/rounds.ts';
import { checkGrid } from './final-check.ts';
import { holds, LabGrid } from './lab-grid.ts';

const cuts = rounds(5, 100);

/** Guardians in an order of chance. */
function shuffled(grid: LabGrid): readonly Member[] {
  const left = [...grid.guardians];
  return Array.from(left, () => left.splice(grid.random.between(0, left.length), 1)).flat();
}

const isFinal = async (at: Member, id: string): Promise<boolean> => (await at.query('record', { id })) !== null;

/** Each cuts, looks at what must hold meanwhile, and heals. */
const faults = {
  async 'a guardian away'(grid: LabGrid) {
    const [away] = shuffled(grid);
    if (away === undefined) return;
    grid.network.unplug(away.host);
    for (let count = 0; count < 3; count++) await grid.payOne();
    grid.network.plugIn(away.host);
  },

  async 'a guardian that nobody hears'(grid: LabGrid) {
    const [mute, ...others] = shuffled(grid);
    if (mute === undefined) return;
    for (const { host } of others) grid.network.block(mute.host, host);
    for (let count = 0; count < 3; count++) await grid.payOne();
    for (const { host } of others) grid.network.unblock(host);
  },

  async 'a guardian that hears nobody'(grid: LabGrid) {
    const [deaf, ...others] = shuffled(grid);
    if (deaf === undefined) return;
    for (const { host } of others) grid.network.block(host, deaf.host);
    for (let count = 0; count < 3; count++) await grid.payOne();
    grid.network.unblock(deaf.host);
  },

  async 'a member away'(grid: LabGrid) {
    const away = grid.random.pick(grid.payers);
    const other = grid.payers.find((payer) => payer !== away);
    grid.network.unplug(away.host);
    await sleep(1000);
    const before = away.taken.length;
    await grid.until('it goes on taking payments', () => away.taken.length > before);
    const id = away.taken.at(-1) ?? '';
    await grid.payOne(other);
    holds('nothing is final without a link', !(await isFinal(away, id)));
    grid.network.plugIn(away.host);
    await grid.until('it to be final after all', () => isFinal(away, id));
  },

  async 'too many guardians away'(grid: LabGrid) {
    const away = shuffled(grid).slice(0, 2);
    const [payer] = grid.payers;
    if (payer === undefined) return;
    for (const { host } of away) grid.network.unplug(host);
    await sleep(2000);
    const before = payer.taken.length;
    await grid.until('a payment without a quorum', () => payer.taken.length > before);
    const id = payer.taken.at(-1) ?? '';
    const missing = away.map(({ name }) => name).toSorted();
    await grid.until('the payer to say that it waits, and for whom', async () => {
      const { state, guardians, quorum } = await payer.call('state', null);
      const names = guardians.filter(({ isHere }) => !isHere).map(({ key }) => nameOf(grid, key));
      return state === 'waiting' && quorum.here < quorum.needed && names.toSorted().join() === missing.join();
    });
    const [here] = await grid.heads(grid.guardians.filter((guardian) => !away.includes(guardian)));
    holds('nothing is final without a quorum', !(await isFinal(payer, id)));
    const { pendingCount, head } = await payer.call('state', null);
    holds('it is kept', pendingCount > 0);
    holds('no block was made', head?.height === here?.height);
    for (const { host } of away) grid.network.plugIn(host);
    await grid.until('all of it to become final', () => isFinal(payer, id));
  },
} as const satisfies Record<string, (grid: LabGrid) => Promise<void>>;

/** The host of a guardian by its key. */
function nameOf({ founding, guardians }: LabGrid, key: string): string {
  const index = founding.guardians.findIndex((author) => toHex(author.key) === key);
  return guardians[index]?.name ?? key;
}

needs('netns', 'nats')('links of a grid of four guardians', () => {
  let grid: LabGrid | undefined;
  afterEach(() => grid?.end());

  // That nobody answers shows only after a while: each round waits for it.
  const timeout = 120_000 * cuts;
  it(`are cut ${cuts} times: with a quorum finality goes on, without one it waits, nothing is lost`, {
    timeout,
  }, async () => {
    grid = new LabGrid();
    await grid.start();
    const kinds = Object.keys(faults) as (keyof typeof faults)[];
    for (let round = 0; round < cuts; round++) {
      // Each kind comes in the short form as well.
      const kind = kinds[round] ?? grid.random.pick(kinds);
      await faults[kind](grid);
      await grid.payOne(grid.random.pick(grid.payers));
    }
    await grid.settle();
    await grid.stop();
    const { records, blocks } = checkGrid(grid);
    expect(records).toBeGreaterThan(cuts);
    console.log(`partition: ${cuts} rounds, seed ${grid.random.seed}, ${records} records, ${blocks} blocks`);
  });
});
