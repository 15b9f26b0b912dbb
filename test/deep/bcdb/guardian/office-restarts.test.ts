// Guardians that die at any step, lose their disk to an old copy, have a full one, come and go: nothing is said twice.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { encodeMessage } from '../../../../bcdb/guardian/messages.ts';
import { certificateQuorum } from '../../../../core/block.ts';
import { encode } from '../../../../core/cbor.ts';
import { Author } from '../../../support/bcdb-grid.ts';
import { policyRecord } from '../../../support/bcdb-guardians.ts';
import { Cluster } from '../../../support/office/cluster.ts';
import type { Act, ClusterOptions } from '../../../support/office/node.ts';

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

const steps = ['propose', 'prepare', 'lock', 'certify', 'tick'] as const satisfies readonly Act[];

describe('a guardian that dies between its disk and the wire', () => {
  test.each(steps)(
    'right after %s, time and again: comes back, says nothing twice, and the grid goes on',
    async (act) => {
      const grid = await start({ guardians: 3 });
      for (const index of [0, 1, 2, 0]) {
        grid.node(index).dieAfter = act;
        grid.pay(3);
        await grid.schedule.run(3000);
        expect(grid.node(index).office).toBeUndefined();
        grid.restart(index);
        expect(await grid.untilFinal(60_000)).toBe(true);
      }
      expect(grid.violations).toEqual([]);
      expect(await grid.schedule.run(5000, () => grid.nodes.every(({ state }) => state?.isSigning))).toBe(true);
    },
  );

  test.each(['move', 'epochRecord'] as const)('right after %s, while the stream is lost', async (act) => {
    const grid = await start({ guardians: 3 });
    grid.sequencers.faults.lost.add(0);
    grid.node(1).dieAfter = act;
    grid.pay(3);
    await grid.schedule.run(60_000);
    grid.restart(1);
    expect(await grid.untilFinal(200_000)).toBe(true);
    expect(grid.violations).toEqual([]);
  });
});

describe('a guardian whose disk is full for a while', () => {
  test.each(['propose', 'prepare', 'lock', 'certify', 'tick'] as const)('at %s: goes on by itself', async (act) => {
    const grid = await start({ guardians: 3 });
    for (const { failing } of grid.nodes) failing.set(act, 3);
    expect(await grid.isAlive(60_000)).toBe(true);
    expect(grid.nodes.flatMap(({ errors }) => errors.map(({ code }) => code))).toContain('replica/disk-full');
    expect(grid.violations).toEqual([]);
  });

  test('says nothing before it has taken back all that it said', async () => {
    const grid = await start({ guardians: 4 });
    const copy = grid.backup(1);
    grid.node(1).dieAfter = 'lock';
    grid.pay(3);
    await grid.schedule.run(1000);
    grid.kill(0);
    grid.node(1).failing.set('adopt', 4);
    grid.restore(1, copy);
    await grid.schedule.run(2500);
    expect(grid.node(1).state?.isSigning).toBe(false);
    expect(await grid.isAlive(90_000)).toBe(true);
    expect(grid.node(1)).toMatchObject({ alarm: null, state: { isSigning: true } });
    expect(grid.violations).toEqual([]);
  });
});

describe('a guardian restored from an old copy of its disk', () => {
  test('takes back what it said from the stream, and signs nothing twice', async () => {
    const grid = await start({ guardians: 4 });
    const copy = grid.backup(1);
    grid.pay(50);
    expect(await grid.untilFinal(60_000)).toBe(true);
    // It locks another block, and dies before that one is committed anywhere.
    grid.node(1).dieAfter = 'lock';
    grid.pay(3);
    await grid.schedule.run(1000);
    grid.restore(1, copy);
    expect(await grid.isAlive(90_000)).toBe(true);
    expect(grid.violations).toEqual([]);
    expect(grid.node(1)).toMatchObject({ alarm: null, state: { isSigning: true, halted: null } });
  });

  test('where the stream is already gone, waits for blocks from others', async () => {
    const grid = await start({ guardians: 4 });
    const copy = grid.backup(1);
    expect(await grid.isAlive()).toBe(true);
    grid.kill(1);
    expect(await grid.isAlive()).toBe(true);
    const position = grid.sequencers.messages(0).length - 30;
    grid.sequencers.purge(0, position);
    grid.restore(1, copy);
    expect(await grid.isAlive(90_000)).toBe(true);
    await grid.schedule.run(40_000);
    expect(grid.node(1)).toMatchObject({ alarm: null, state: { isSigning: true } });
    expect(grid.violations).toEqual([]);
  });
});

describe('guardians change', () => {
  test('one after the other is replaced under load, until none of the first is left', async () => {
    const grid = await start({ guardians: 4, candidates: 4 });
    const writer = new Author('writer of policies');
    const seats = [0, 1, 2, 3];
    for (let step = 0; step < 4; step++) {
      const before = seats.map((index) => grid.node(index).author);
      seats[step] = step + 4;
      const after = seats.map((index) => grid.node(index).author);
      const signers = [...before.slice(0, certificateQuorum(4) + (step === 0 ? 0 : 1)), grid.node(step + 4).author];
      grid.submit(
        policyRecord(writer, grid.founding.grid, {
          version: step + 2,
          guardians: after,
          signers: [...new Set(signers)],
        }),
      );
      grid.pay(60);
      const serving = seats.map((index) => grid.node(index));
      expect(await grid.untilFinal(60_000, serving)).toBe(true);
      expect(await grid.schedule.run(60_000, () => serving.every(({ state }) => state?.isSigning === true))).toBe(true);
      grid.kill(step);
    }
    const serving = seats.map((index) => grid.node(index));
    expect(await grid.isAlive(60_000, serving)).toBe(true);
    expect(grid.violations).toEqual([]);
  });

  test('three become four, and four become three', async () => {
    const grid = await start({ guardians: 3, candidates: 1 });
    const writer = new Author('writer of policies');
    const authors = grid.nodes.map(({ author }) => author);
    grid.submit(policyRecord(writer, grid.founding.grid, { version: 2, guardians: authors, signers: authors }));
    expect(await grid.isAlive(60_000, grid.nodes)).toBe(true);
    expect(await grid.schedule.run(60_000, () => grid.node(3).state?.isSigning === true)).toBe(true);
    grid.kill(0);
    expect(await grid.isAlive(60_000, grid.nodes)).toBe(true);
    grid.restart(0);
    const fewer = authors.slice(1);
    grid.submit(policyRecord(writer, grid.founding.grid, { version: 3, guardians: fewer, signers: authors }));
    expect(await grid.isAlive(60_000, grid.nodes)).toBe(true);
    expect(await grid.schedule.run(60_000, () => grid.node(0).state?.isSigning === false)).toBe(true);
    expect(grid.node(0).state?.epoch).toBeNull();
    expect(grid.violations).toEqual([]);
  });
});

test('what one guardian floods the stream with stops nobody', async () => {
  const grid = await start({ guardians: 4, windowBytes: 200_000 });
  const junk = [
    new Uint8Array(100_000),
    encode(['unknown kind', 1]),
    encode(['tick', new Uint8Array(4000)]),
    encode(['prepare', new Uint8Array(10), new Uint8Array(10)]),
    encode(['records', []]),
    encodeMessage({ kind: 'records', records: [new Uint8Array(100_000)] }),
    encodeMessage({ kind: 'hello', guardian: grid.node(0).author.key, nonce: new Uint8Array(16) }),
    encodeMessage({
      kind: 'commit',
      headerBytes: new Uint8Array(8),
      guardian: grid.node(0).author.key,
      signature: new Uint8Array(64),
    }),
  ];
  for (let index = 0; index < 400; index++) {
    grid.sequencers.inject(0, junk[index % junk.length] ?? new Uint8Array(0));
  }
  expect(await grid.isAlive(60_000)).toBe(true);
  expect(grid.violations).toEqual([]);
});
