// Guardians, their nats-servers, net processes and members are killed at random moments: finality comes back by itself each time,
// and nothing that was acknowledged is lost or counts twice.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { Member } from '../../scripts/lab/member.ts';
import { needs } from '../support/needs.ts';
import { rounds } from '../support/rounds.ts';
import { checkGrid } from './final-check.ts';
import { LabGrid } from './lab-grid.ts';

const kills = rounds(6, 100);

needs('netns', 'nats')('processes of a grid of four guardians', () => {
  let grid: LabGrid | undefined;
  afterEach(() => grid?.end());

  /** A process, its nats-server or its net process, all of a machine, or all machines at once. */
  const faults = {
    replica: async (grid: LabGrid, victim: Member) => {
      await victim.kill();
      await sleep(grid.random.between(0, 2000));
      await grid.restart(victim);
    },
    machine: async (grid: LabGrid, victim: Member) => {
      await victim.crash();
      await sleep(grid.random.between(0, 5000));
      await grid.restart(victim);
    },
    'nats-server': async (_grid: LabGrid, victim: Member) => void victim.killPart('nats-server'),
    net: async (_grid: LabGrid, victim: Member) => void victim.killPart('net'),
    hang: async (grid: LabGrid, victim: Member) => {
      victim.freeze();
      await sleep(grid.random.between(500, 8000));
      victim.thaw();
    },
    everybody: async (grid: LabGrid) => {
      await Promise.all(grid.all.map((member) => member.crash()));
      await Promise.all(grid.all.map((member) => grid.restart(member)));
    },
  } as const;
  type Fault = keyof typeof faults;
  /** Every kind comes in the short form as well. */
  const kinds = Object.keys(faults) as Fault[];

  it(`are killed ${kills} times: replicas identical, nothing acknowledged lost, nothing twice`, async () => {
    grid = new LabGrid();
    await grid.start();
    const { random } = grid;
    for (let round = 0; round < kills; round++) {
      const kind = round < kinds.length ? (kinds[round] ?? 'replica') : random.pick(kinds.slice(0, -1));
      const victim = random.pick(kind === 'nats-server' ? grid.guardians : grid.all);
      await sleep(random.between(0, 1500));
      await faults[kind](grid, victim);
      // The machine that was hit goes on as well.
      await grid.payOne(grid.payers.includes(victim) ? victim : random.pick(grid.payers));
    }
    await grid.settle();
    await grid.stop();
    const { records, blocks } = checkGrid(grid);
    console.log(`kill: ${kills} rounds, seed ${random.seed}, ${records} records, ${blocks} blocks`);
    expect(blocks).toBeGreaterThan(kills);
  });
});
