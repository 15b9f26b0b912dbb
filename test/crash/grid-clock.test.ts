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

const restarts = rounds(1, 20);
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

  it.each(['+', '-'] as const)('%s1 h: block time stays with the honest clocks, and finality goes on', async (sign) => {
    let skewedName = 'guardian-0';
    grid = new LabGrid({ members: 1, life: (name) => (name === skewedName ? skewed(sign) : undefined) });
    const { random } = grid;
    await grid.start();
    for (let round = 0; round < restarts; round++) {
      for (let count = 0; count < 3; count++) await grid.payOne();
      // Another one's clock goes wrong, the first one's is right again.
      const next = random.pick(grid.guardians.filter(({ name }) => name !== skewedName));
      const last = grid.guardians.filter(({ name }) => name === skewedName);
      skewedName = next.name;
      for (const guardian of [...last, next]) {
        await guardian.stop();
        await grid.restart(guardian);
      }
      // Needed for a quorum, its tick counts.
      const away = random.pick(grid.guardians.filter((guardian) => guardian !== next));
      await away.stop();
      await grid.payOne();
      await grid.restart(away);
    }
    await grid.settle();
    const [payer] = grid.members;
    const { items } = (await payer?.query('blocks', { limit: 1000 })) ?? { items: [] };
    const times = items.map(({ timeMs }) => timeMs).toReversed();
    expect(times.length).toBeGreaterThan(3);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const last = times.at(-1) ?? 0;
    expect(Math.abs(Date.now() - last)).toBeLessThan(honestMs);
    expect(last - (times[1] ?? 0)).toBeLessThan(hourMs / 2);
    await grid.stop();
    // It did say another time.
    expect(ticksOf(grid).some((timeMs) => Math.abs(timeMs - last) > hourMs / 2)).toBe(true);
    const { records, blocks } = checkGrid(grid);
    console.log(`clock ${sign}1 h: ${restarts} rounds, seed ${random.seed}, ${records} records, ${blocks} blocks`);
  });
});
