// One guardian's clock is an hour ahead, or behind. Block time stays with the honest ones, goes only forward, and finality goes on.

import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { verifySodium } from '../../bcdb/verify.ts';
import { decodeTick } from '../../core/guardian.ts';
import type { Life } from '../../scripts/lab/member.ts';
import { needs } from '../support/needs.ts';
import { rounds } from '../support/rounds.ts';
import { checkGrid } from './final-check.ts';
import { LabGrid } from './lab-grid.ts';
import { saidIn } from './stream-files.ts';

const turns = Math.max(2, rounds(2, 40));
const hourMs = 3_600_000;
/** Ticks of honest guardians are some time apart on a busy machine. */
const honestMs = 120_000;

/** For its wall clock only: how long something takes stays the same. `$LIB` is for the loader. */
const skewed = (sign: '+' | '-'): Life => ({
  env: {
    ...process.env,
    LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1',
    FAKETIME: `${sign}1h`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  },
});

/** What all guardians' clocks said. */
function ticksOf({ guardians, founding }: LabGrid): readonly number[] {
  const check = { guardians: founding.guardians.map(({ key }) => key), verify: verifySodium };
  const said = guardians.flatMap(({ options }) => saidIn(join(options.folder, 'sequencer')));
  return said.flatMap(({ message }) =>
    message.kind === 'tick' ? [decodeTick(message.signed, check).said.timeMs] : [],
  );
}

const withClocks = needs('netns', 'nats', 'faketime');

withClocks('a guardian whose clock is wrong by an hour', () => {
  let grid: LabGrid | undefined;
  afterEach(() => grid?.end());

  it(`ahead or behind, ${turns} times: block time stays with the honest clocks, and finality goes on`, async () => {
    let wrong: { readonly name: string; readonly sign: '+' | '-' } = { name: 'guardian-0', sign: '+' };
    grid = new LabGrid({ members: 1, life: (name) => (name === wrong.name ? skewed(wrong.sign) : undefined) });
    const { random, guardians } = grid;
    const beganMs = Date.now();
    await grid.start();
    for (let turn = 0; turn < turns; turn++) {
      const skew = wrong;
      await grid.payOne();
      // Needed for a quorum, its tick counts.
      const away = random.pick(guardians.filter(({ name }) => name !== skew.name));
      await away.stop();
      await grid.payOne();
      await grid.restart(away);
      // Another one's clock goes wrong, the other way; the first one's is right again.
      const next = random.pick(guardians.filter(({ name }) => name !== skew.name));
      const last = guardians.filter(({ name }) => name === skew.name);
      wrong = { name: next.name, sign: skew.sign === '+' ? '-' : '+' };
      if (turn + 1 === turns) break;
      for (const guardian of [...last, next]) {
        await guardian.stop();
        await grid.restart(guardian);
      }
    }
    await grid.settle();
    const [payer] = grid.members;
    const { items } = (await payer?.query('blocks', { limit: 1000 })) ?? { items: [] };
    const times = items.map(({ timeMs }) => timeMs).toReversed();
    expect(times.length).toBeGreaterThan(3);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeLessThan(Date.now() + honestMs);
    expect(times.at(-1)).toBeGreaterThan(Date.now() - honestMs);
    await grid.stop();
    // They did say another time.
    const ticks = ticksOf(grid);
    expect(Math.max(...ticks)).toBeGreaterThan(Date.now() + hourMs / 2);
    expect(Math.min(...ticks)).toBeLessThan(beganMs - hourMs / 2);
    const { records, blocks } = checkGrid(grid);
    console.log(`clock: ${turns} turns, seed ${random.seed}, ${records} records, ${blocks} blocks`);
  });
});
