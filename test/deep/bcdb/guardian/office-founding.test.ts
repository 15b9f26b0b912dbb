// Founders whose stream is lost before the first block say everything again, and come to it; without a quorum they wait.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { Cluster } from '../../../support/office/cluster.ts';

vi.setConfig({ testTimeout: 60_000 });

let cluster: Cluster | undefined;
afterEach(() => {
  cluster?.end();
  cluster = undefined;
});

/** Two of four founders have said all that they can, and the others were never there. */
async function twoFounders(): Promise<Cluster> {
  cluster = new Cluster({ guardians: 4 });
  cluster.startAll();
  for (const index of [2, 3]) cluster.kill(index);
  await cluster.schedule.run(5_000);
  expect(cluster.sequencers.messages(0).length).toBeGreaterThanOrEqual(4);
  expect(cluster.heights()).toEqual([-1, -1, -1, -1]);
  return cluster;
}

const losses: readonly (readonly [string, (grid: Cluster) => void])[] = [
  ['with everything in it', (grid) => grid.sequencers.lose(0)],
  ['but for its numbers', (grid) => grid.sequencers.purge(0, grid.sequencers.messages(0).length + 1)],
  ['up to somewhere in its middle', (grid) => grid.sequencers.purge(0, 3)],
];

describe('a stream that is lost before the first block', () => {
  test.each(losses)('%s is opened again, which is told until the block is there', async (_, lose) => {
    const grid = await twoFounders();
    lose(grid);
    for (const index of [2, 3]) grid.restart(index);
    expect(await grid.isAlive(240_000)).toBe(true);
    await grid.schedule.run(5_000);
    expect(grid.violations).toEqual([]);
    for (const node of grid.guardians)
      expect(node).toMatchObject({ alarm: null, state: { lost: null, isStalled: false } });
  });

  test('is told with its code while it lasts', async () => {
    const grid = await twoFounders();
    grid.sequencers.faults.lost.add(0);
    for (const index of [2, 3]) grid.restart(index);
    await grid.schedule.run(120_000);
    for (const node of grid.guardians) {
      expect(node.state).toMatchObject({ lost: { code: 'guardian/stream-lost', retry: true } });
      expect(node.errors.map(({ code }) => code)).toContain('guardian/stream-lost');
    }
    grid.sequencers.faults.lost.delete(0);
    expect(await grid.isAlive(240_000)).toBe(true);
    expect(grid.node(0).state?.lost).toBeNull();
    expect(grid.violations).toEqual([]);
  });

  test('without a quorum nothing is opened again: there is nothing but to wait', async () => {
    const grid = await twoFounders();
    await grid.schedule.run(300_000);
    for (const index of [0, 1]) {
      expect(grid.node(index).state).toMatchObject({ lost: null, isStalled: false });
      expect(grid.node(index).errors).toEqual([]);
    }
  });
});
