// Simulated guardians go on while a minority is dead, slow, cut off or wrong about the time, and stop only without a quorum.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Cluster } from '../../../support/office/cluster.ts';
import type { ClusterOptions } from '../../../support/office/node.ts';

// A simulation takes a second or two, on a busy machine ten times as long.
vi.setConfig({ testTimeout: 60_000 });

let cluster: Cluster | undefined;
afterEach(() => {
  cluster?.end();
  cluster = undefined;
});

async function start(options: ClusterOptions): Promise<Cluster> {
  cluster = new Cluster(options);
  cluster.startAll();
  expect(await cluster.isAlive()).toBe(true);
  return cluster;
}

/** All running guardians came to the same, and nobody said anything twice. */
function expectSound(grid: Cluster): void {
  expect(grid.violations).toEqual([]);
  const running = grid.guardians.filter(({ office }) => office !== undefined);
  const least = Math.min(...running.map((node) => grid.heightOf(node)));
  const hashes = running.map((node) => node.store.block(least));
  for (const hash of hashes) expect(hash.length).toBeGreaterThan(0);
  expect(running.filter(({ alarm }) => alarm !== null)).toEqual([]);
}

describe('guardians', () => {
  test.each([3, 4, 5, 7])('%i of them make records final, the same on all', async (guardians) => {
    const grid = await start({ guardians });
    grid.pay(150);
    expect(await grid.untilFinal(20_000)).toBe(true);
    expectSound(grid);
  });

  test.each([3, 4, 7])('of %i, a minority that is dead does not stop finality', async (guardians) => {
    const grid = await start({ guardians });
    const minority = Math.floor((guardians - 1) / 3) + (guardians === 3 ? 1 : 0);
    for (let index = 0; index < minority; index++) grid.kill(index);
    expect(await grid.isAlive()).toBe(true);
    await grid.schedule.run(60_000);
    expect(grid.node(guardians - 1).state).toMatchObject({ isSigning: true, isStalled: false });
    expect(grid.node(guardians - 1).state?.missing).toHaveLength(minority);
    for (let index = 0; index < minority; index++) grid.restart(index);
    expect(await grid.isAlive()).toBe(true);
    expectSound(grid);
  });

  test('one that is slow slows nobody', async () => {
    const grid = await start({ guardians: 4 });
    grid.sequencers.faults.slow.set(2, 3000);
    const others = [0, 1, 3].map((index) => grid.node(index));
    expect(await grid.isAlive(1500, others)).toBe(true);
    grid.heal();
    expect(await grid.isAlive()).toBe(true);
    expectSound(grid);
  });

  test.each(['both', 'deaf', 'mute'] as const)('one that is cut off (%s) does not stop finality', async (how) => {
    const grid = await start({ guardians: 4 });
    grid.isolate(3, how);
    const others = [0, 1, 2].map((index) => grid.node(index));
    expect(await grid.isAlive(10_000, others)).toBe(true);
    await grid.schedule.run(120_000);
    grid.heal();
    expect(await grid.isAlive()).toBe(true);
    expectSound(grid);
    expect(grid.node(3).state).toMatchObject({ isSigning: true });
  });

  test('with too many away nothing becomes final; it goes on by itself when they are back', async () => {
    const grid = await start({ guardians: 4 });
    for (const index of [0, 1]) grid.kill(index);
    expect(await grid.isAlive(120_000)).toBe(false);
    expect(grid.node(2).state?.missing).toHaveLength(2);
    const [height] = [grid.heightOf(grid.node(2))];
    grid.restart(1);
    expect(await grid.untilFinal(90_000)).toBe(true);
    expect(grid.heightOf(grid.node(2))).toBeGreaterThan(height);
    expectSound(grid);
  });

  test('lost acknowledgements and delays lose nothing and count nothing twice', async () => {
    const grid = await start({ guardians: 4, seed: 7 });
    grid.sequencers.faults.lostAcks = 0.4;
    grid.sequencers.faults.delayMs = 80;
    grid.pay(200);
    expect(await grid.untilFinal(120_000)).toBe(true);
    expectSound(grid);
    expect(grid.finalOn(grid.node(0))).toBe(grid.alice.seq);
  });

  test('a clock that is off by an hour moves block time no further than the others are apart', async () => {
    for (const skewMs of [3_600_000, -3_600_000]) {
      const grid = await start({ guardians: 4 });
      grid.node(1).skewMs = skewMs;
      expect(await grid.isAlive()).toBe(true);
      await grid.schedule.run(70_000);
      const headMs = grid.node(0).store.info().head?.timeMs ?? 0;
      expect(Math.abs(headMs - grid.wallMs(0))).toBeLessThan(40_000);
      expectSound(grid);
      grid.end();
      cluster = undefined;
    }
  });

  test('in silence a block is cut as a sign of life', async () => {
    const grid = await start({ guardians: 3 });
    const before = grid.heightOf(grid.node(0));
    await grid.schedule.run(95_000);
    expect(grid.heightOf(grid.node(0)) - before).toBe(3);
    expectSound(grid);
  });

  test('a stream that is larger than what is remembered is read again', async () => {
    const grid = await start({ guardians: 4, windowBytes: 20_000 });
    grid.pay(400);
    expect(await grid.untilFinal(60_000)).toBe(true);
    expectSound(grid);
  });
});
