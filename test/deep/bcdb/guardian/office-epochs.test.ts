// Streams that are lost or lie are left for those of other epochs, and what could have been certified is kept.
import { afterEach, expect, test, vi } from 'vitest';
import { encodeMessage, type Message } from '../../../../bcdb/guardian/messages.ts';
import { signSodium } from '../../../../bcdb/verify.ts';
import { type Block, decodeBlock, encodeHeader } from '../../../../core/block.ts';
import { zero32 } from '../../../../core/bytes.ts';
import { encodeSigned, moveBytes } from '../../../../core/guardian.ts';
import { decodeRecord } from '../../../../core/record.ts';
import { Author } from '../../../support/bcdb-grid.ts';
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

const epochs = (grid: Cluster): readonly unknown[] => [...new Set(grid.guardians.map(({ state }) => state?.epoch))];

function blocks(grid: Cluster): readonly Block[] {
  const node = grid.node(0);
  return Array.from({ length: grid.heightOf(node) + 1 }, (_, height) => decodeBlock(node.store.block(height)));
}

const kindsIn = ({ records }: Block): readonly string[] => records.map((record) => decodeRecord(record).kind);

test('a lost stream is replaced by that of another epoch, and what was handed in becomes final', async () => {
  const grid = await start({ guardians: 4 });
  grid.sequencers.faults.lost.add(0);
  expect(await grid.isAlive(120_000)).toBe(true);
  expect(epochs(grid)).toEqual([1]);
  const first = blocks(grid).find(({ header }) => header.epoch === 1);
  expect(first && kindsIn(first)[0]).toBe('epoch');
  expect(grid.violations).toEqual([]);
});

test('several streams are lost, also before their epochs began', async () => {
  const grid = await start({ guardians: 4 });
  for (const epoch of [0, 1, 2]) grid.sequencers.faults.lost.add(epoch);
  expect(await grid.isAlive(400_000)).toBe(true);
  grid.sequencers.faults.lost.add(3);
  expect(await grid.isAlive(400_000)).toBe(true);
  expect(epochs(grid)).toEqual([4]);
  expect(grid.violations).toEqual([]);
});

test('a guardian that missed the change of epoch comes after', async () => {
  const grid = await start({ guardians: 4 });
  grid.isolate(2);
  grid.sequencers.faults.lost.add(0);
  const others = [0, 1, 3].map((index) => grid.node(index));
  expect(await grid.isAlive(120_000, others)).toBe(true);
  grid.heal();
  expect(await grid.isAlive()).toBe(true);
  await grid.schedule.run(20_000);
  expect(epochs(grid)).toEqual([1]);
  expect(grid.node(2).state).toMatchObject({ isSigning: true });
  expect(grid.violations).toEqual([]);
});

test.each([1, 2, 3])(
  'a header that %i guardians locked is the first block of the next epoch, on its own bytes',
  async (lockers) => {
    const grid = await start({ guardians: 4 });
    const locked = new Set<number>();
    grid.onAct = (index, act) => {
      if (act !== 'lock') return;
      if (locked.size < lockers) locked.add(index);
      // Nobody hears of it: neither their commits nor later messages get through.
      grid.sequencers.faults.lost.add(0);
    };
    const height = grid.heightOf(grid.node(0)) + 1;
    expect(await grid.isAlive(200_000)).toBe(true);
    expect(await grid.isAlive()).toBe(true);
    expect(grid.violations).toEqual([]);
    const [obliged, next] = blocks(grid).slice(height);
    expect(obliged?.header.epoch).toBe(0);
    expect(new Set(obliged?.certificate.map(({ epoch }) => epoch))).toEqual(new Set([1]));
    expect(next?.header.epoch).toBe(1);
    expect(next && kindsIn(next)[0]).toBe('epoch');
  },
);

test('an obliged header survives that all who locked it are restarted, and its stream is gone', async () => {
  const grid = await start({ guardians: 4 });
  grid.onAct = (_, act) => {
    if (act === 'lock') grid.sequencers.faults.lost.add(0);
  };
  const height = grid.heightOf(grid.node(0)) + 1;
  grid.pay(3);
  await grid.schedule.run(5000);
  grid.onAct = () => undefined;
  const locked = grid.nodes.flatMap(({ store }) => store.act((acts) => acts.locked()) ?? []);
  expect(locked.length).toBeGreaterThan(0);
  for (const { index } of grid.nodes) grid.restart(index);
  expect(await grid.untilFinal(200_000)).toBe(true);
  expect(blocks(grid)[height]?.headerBytes).toEqual(locked[0]?.headerBytes);
  expect(grid.violations).toEqual([]);
});

test('everybody is restarted in the middle of a change of epoch', async () => {
  const grid = await start({ guardians: 4 });
  grid.sequencers.faults.lost.add(0);
  let moves = 0;
  grid.onAct = (index, act) => {
    if (act === 'move' && moves++ < 4) grid.schedule.after(0, () => grid.restart(index));
  };
  expect(await grid.isAlive(300_000)).toBe(true);
  expect(grid.violations).toEqual([]);
});

/** Beginnings that a liar among the guardians may put into a new stream before everybody else. */
function lies(grid: Cluster, epoch: number): readonly Message[] {
  const [liar, other] = [grid.node(3).author, grid.node(2).author];
  const { headerBytes, certificate, header } = decodeBlock(grid.node(0).store.block(grid.heightOf(grid.node(0))));
  const said = { grid: grid.founding.grid, epoch, header: headerBytes, certificate: [...certificate], lock: null };
  const signed = (by: Author, change: object = {}): Uint8Array => {
    const bytes = moveBytes({ ...said, ...change });
    return encodeSigned(bytes, { guardian: by.key, signature: signSodium(by.seed, bytes) });
  };
  const record = (moves: readonly Uint8Array[]): Uint8Array =>
    new Author(`lies ${moves.length}`).write(grid.founding.grid, 'epoch', { epoch, moves: [...moves] });
  const begin = (
    moves: readonly Uint8Array[],
    obliged: { headerBytes: Uint8Array; records: Uint8Array[] } | null = null,
  ) => ({ kind: 'begin', epochRecord: record(moves), obliged }) as const;
  const forged = encodeHeader({ ...header, height: header.height + 5 });
  return [
    begin([signed(liar)]),
    begin([signed(liar), signed(liar), signed(liar)]),
    begin([signed(liar), encodeSigned(moveBytes(said), { guardian: other.key, signature: new Uint8Array(64) })]),
    begin([signed(liar, { header: forged }), signed(liar), signed(liar)]),
    begin([signed(liar)], { headerBytes, records: [] }),
    { kind: 'begin', epochRecord: new Uint8Array(10), obliged: null },
    {
      kind: 'begin',
      epochRecord: new Author('nobody').writeAt({ grid: zero32, seq: 1, prev: zero32 }, 'epoch', {
        epoch,
        moves: [signed(liar)],
      }),
      obliged: null,
    },
  ];
}

test('beginnings that prove nothing are passed over by everybody', async () => {
  const grid = await start({ guardians: 4 });
  for (const lie of lies(grid, 1)) grid.sequencers.inject(1, encodeMessage(lie));
  grid.sequencers.faults.lost.add(0);
  expect(await grid.isAlive(120_000)).toBe(true);
  expect(epochs(grid)).toEqual([1]);
  expect(grid.violations).toEqual([]);
});

test.each([1, 2, 3, 4, 5])(
  'a stream that shows each guardian another order certifies no two headers, and is left (schedule %i)',
  async (seed) => {
    const grid = new Cluster({ guardians: 4, seed });
    cluster = grid;
    for (const epoch of [0, 1]) grid.sequencers.faults.equivocating.add(epoch);
    grid.startAll();
    grid.pay(40);
    expect(await grid.untilFinal(400_000)).toBe(true);
    expect(await grid.isAlive(200_000)).toBe(true);
    expect(grid.violations).toEqual([]);
  },
);
