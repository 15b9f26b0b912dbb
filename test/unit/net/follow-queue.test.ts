// The host's side of following: order, no doubles across restarts, refusals, and a child that breaks its word.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFollowQueue, type OnBlock } from '../../../bcdb/net/follow-queue.ts';
import { followWindow, type HostToNet } from '../../../bcdb/net/protocol.ts';

const feedA = new Uint8Array(32).fill(1);
const feedB = new Uint8Array(32).fill(2);

function setup(onBlock: OnBlock) {
  const sent: HostToNet[] = [];
  const queue = createFollowQueue(
    (message) => sent.push(message),
    () => undefined,
  );
  queue.follow([feedA, feedB], 0, onBlock);
  const push = (generation: number, height: number, feedKey = feedA): boolean =>
    queue.push({ type: 'block', generation, height, block: new Uint8Array([height]), feedKey });
  return { sent, queue, push };
}

test('hands over one block at a time and acknowledges each', async () => {
  const seen: number[] = [];
  let atOnce = 0;
  const { sent, push } = setup(async (height) => {
    expect(++atOnce).toBe(1);
    await turn();
    atOnce -= 1;
    seen.push(height);
    return 'taken';
  });
  for (const height of [0, 1, 2]) expect(push(1, height)).toBe(true);
  await expect.poll(() => seen).toEqual([0, 1, 2]);
  expect(sent).toEqual([
    { type: 'follow', generation: 1, feedKeys: [feedA, feedB], fromHeight: 0 },
    ...[0, 1, 2].map((height) => ({ type: 'taken', generation: 1, height })),
  ]);
});

test('a block in the making while the process restarts is not made twice', async () => {
  const seen: number[] = [];
  const gate = Promise.withResolvers<void>();
  const { queue, push } = setup(async (height) => {
    seen.push(height);
    await gate.promise;
    return 'taken';
  });
  push(1, 0);
  queue.resend();
  expect(push(2, 0)).toBe(true);
  expect(push(2, 1)).toBe(true);
  gate.resolve();
  await expect.poll(() => seen).toEqual([0, 1]);
});

test('a refused block drops its feed and asks the others for the same height', async () => {
  const { sent, push } = setup(async () => 'refused');
  push(1, 0, feedB);
  await turn();
  expect(sent).toContainEqual({ type: 'follow', generation: 2, feedKeys: [feedA], fromHeight: 0 });
});

test('late blocks of an earlier following are ignored', async () => {
  const seen: number[] = [];
  const { queue, push } = setup(async () => 'taken');
  queue.follow([feedA], 10, async (height) => {
    seen.push(height);
    return 'taken';
  });
  expect(push(1, 0)).toBe(true);
  expect(push(2, 10)).toBe(true);
  await expect.poll(() => seen).toEqual([10]);
});

test('a gap, a step back, or more than the window is the end of the child', () => {
  const never = new Promise<'taken'>(() => undefined);
  const { push } = setup(() => never);
  expect(push(1, 1)).toBe(false);
  for (let height = 0; height <= followWindow.blocks; height++) expect(push(1, height)).toBe(true);
  expect(push(1, 0)).toBe(false);
  expect(push(1, followWindow.blocks + 1)).toBe(false);
});
