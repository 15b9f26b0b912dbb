// Blocks over real sockets and real net processes: in order, live, across restarts and kills, with no gap and no double.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Net } from '../../bcdb/net/net-api.ts';
import { maxBlockBytes } from '../../bcdb/net/protocol.ts';
import { codeOf } from '../../core/errors.ts';
import { needs } from '../support/needs.ts';
import { fillDisk, freeDisk } from '../support/small-disk.ts';
import { createGrid, type Grid, until } from './net-members.ts';

const blockAt = (height: number): Uint8Array => Buffer.from(`block ${height} `.repeat(20));
const heights = (count: number): number[] => Array.from({ length: count }, (_, height) => height);

async function publishUpTo(net: Net, end: number): Promise<void> {
  for (let height = net.published(); height < end; height++) await net.publish(height, blockAt(height));
}

async function feedKeyOf(net: Net): Promise<Uint8Array> {
  const { feedKey } = await net.ready();
  if (feedKey === null) throw new Error('does not publish');
  return feedKey;
}

/** Follows from `from` on and keeps the heights it was given, each checked against its bytes. */
function collect(net: Net, feedKeys: readonly Uint8Array[], from = 0): number[] {
  const taken: number[] = [];
  net.follow(feedKeys, from, async (height, block) => {
    expect(Buffer.from(block)).toEqual(blockAt(height));
    taken.push(height);
    return 'taken';
  });
  return taken;
}

needs('netns')('a feed on a small disk', () => {
  test('says how much room there is, and goes on when there is some', async () => {
    const grid = await createGrid();
    const folder = grid.folder('small');
    await mkdir(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', folder]);
    try {
      const net = await grid.start('small', { publish: 'seed' });
      await publishUpTo(net, 3);
      fillDisk(folder, 0);
      // Room that files have already is used up first.
      let code: string | undefined;
      while (code === undefined && net.published() < 200) {
        code = await net.publish(net.published(), randomBytes(1024 * 1024)).then(() => undefined, codeOf);
      }
      expect(code).toBe('net/failed');
      const next = net.published();
      await expect
        .poll(() => grid.logs)
        .toContainEqual(expect.stringMatching(/publishing failed: .*; \d+ MiB are free on the disk/));
      freeDisk(folder);
      await expect.poll(() => net.publish(next, blockAt(next)), { timeout: 20_000 }).toBe(next + 1);
    } finally {
      await grid.end().catch(() => undefined);
      execFileSync('umount', [folder]);
    }
  });
});

describe('feeds', () => {
  let grid: Grid;
  beforeAll(async () => {
    grid = await createGrid();
  });
  afterAll(() => grid.end());

  test('every follower gets every block once and in order, through restarts and kills of all', async () => {
    let a = await grid.start('a', { publish: 'seed' });
    let b = await grid.start('b');
    const c = await grid.start('c');
    const feedKey = await feedKeyOf(a);
    const fromB = collect(b, [feedKey]);
    const fromC = collect(c, [feedKey]);

    await publishUpTo(a, 100);
    await until('the first hundred', () => fromB.length === 100 && fromC.length === 100);

    // The follower's and the publisher's process die at once and come back by themselves.
    const [pidA, pidB] = [a.pid(), b.pid()];
    process.kill(pidA ?? 0, 'SIGKILL');
    process.kill(pidB ?? 0, 'SIGKILL');
    await until(
      'both to be back',
      () => [a, b].every((net) => net.state().name === 'online') && a.pid() !== pidA && b.pid() !== pidB,
    );
    await publishUpTo(a, 200);
    await until('the second hundred', () => fromB.length === 200 && fromC.length === 200);

    // The publisher restarts as a whole: same folder, same keys. Then a follower, from where it was.
    await a.close();
    a = await grid.start('a', { publish: 'seed' });
    expect(await feedKeyOf(a)).toEqual(feedKey);
    expect(a.published()).toBe(200);
    await b.close();
    b = await grid.start('b');
    const again = collect(b, [feedKey], 200);
    await publishUpTo(a, 250);
    await until('the last fifty', () => again.length === 50 && fromC.length === 250);
    expect([...fromB, ...again]).toEqual(heights(250));
    expect(fromC).toEqual(heights(250));
  });

  test('a publisher that lost its cache takes it back from its followers, at the same key', async () => {
    const a = await grid.start('lost', { publish: 'seed' });
    const feedKey = await feedKeyOf(a);
    const keeper = await grid.start('keeper');
    const kept = collect(keeper, [feedKey]);
    await publishUpTo(a, 30);
    await until('the keeper to have all', () => kept.length === 30);
    await a.close();
    await rm(grid.folder('lost'), { recursive: true });
    const back = await grid.start('lost', { publish: 'seed' });
    expect(await feedKeyOf(back)).toEqual(feedKey);
    for (const height of heights(32)) await back.publish(height, blockAt(height));
    expect(back.published()).toBe(32);
    await until('the keeper to go on', () => kept.length === 32);
    expect(kept).toEqual(heights(32));
  });

  test('publishing again is harmless; a gap, and a block over the limit, are refused', async () => {
    const net = await grid.start('strict', { publish: 'seed' });
    await publishUpTo(net, 3);
    expect(await net.publish(0, blockAt(0))).toBe(3);
    await expect(net.publish(5, blockAt(5))).rejects.toMatchObject({ code: 'net/gap' });
    await expect(net.publish(3, new Uint8Array(maxBlockBytes + 1))).rejects.toMatchObject({ code: 'net/too-large' });
    const largest = randomBytes(maxBlockBytes);
    expect(await net.publish(3, largest)).toBe(4);
    const reader = await grid.start('reader');
    const received: Uint8Array[] = [];
    reader.follow([await feedKeyOf(net)], 3, async (_height, block) => {
      received.push(block);
      return 'taken';
    });
    await until('the largest block', () => received.length === 1);
    expect(Buffer.compare(received[0] ?? Buffer.of(), largest)).toBe(0);
  });

  test('a feed whose block is refused is dropped, and the height comes from another', async () => {
    const liar = await grid.start('liar', { publish: 'seed' });
    const honest = await grid.start('honest', { publish: 'seed' });
    const [liarKey, honestKey] = [await feedKeyOf(liar), await feedKeyOf(honest)];
    for (const height of heights(20)) await liar.publish(height, height < 5 ? blockAt(height) : Buffer.from('forged'));
    await publishUpTo(honest, 20);
    const reader = await grid.start('judge');
    const taken: number[] = [];
    reader.follow([liarKey, honestKey], 0, async (height, block) => {
      if (Buffer.compare(block, blockAt(height)) !== 0) return 'refused';
      taken.push(height);
      return 'taken';
    });
    await until('all heights', () => taken.length === 20);
    expect(taken).toEqual(heights(20));
  });

  test('a block that cannot be taken now comes again; a slow host is never given more than the window', async () => {
    const writer = await grid.start('fast', { publish: 'seed' });
    await publishUpTo(writer, 200);
    const reader = await grid.start('slow');
    const seen: number[] = [];
    reader.follow([await feedKeyOf(writer)], 0, async (height) => {
      seen.push(height);
      if (height === 3 && seen.length === 4) throw new Error('disk full');
      return 'taken';
    });
    await until('all of them', () => seen.at(-1) === 199);
    expect(seen).toEqual([0, 1, 2, 3, ...heights(200).slice(3)]);
  });
});
