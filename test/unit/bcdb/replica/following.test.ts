// Which feeds are followed: a few at a time, the best first, others when those stall or bring what proves nothing.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { OnBlock } from '../../../../bcdb/net/follow-queue.ts';
import { createFollowing, type FollowingOptions } from '../../../../bcdb/replica/following.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** `known` feeds are named by one byte each; answers what is followed, as those bytes. */
function scene(known: number[]) {
  const at = { height: 4, known: 4 };
  const calls: { readonly feeds: readonly number[]; readonly from: number; readonly onBlock: OnBlock }[] = [];
  const refused: number[] = [];
  const options = {
    store: { call: () => Promise.reject(new Error('bad block')) },
    net: {
      follow: (feeds: readonly Uint8Array[], from: number, onBlock: OnBlock) =>
        calls.push({ feeds: feeds.map(([byte = -1]) => byte), from, onBlock }),
    },
    standing: { facts: () => ({ alarm: null }), note: () => undefined },
    feeds: () => known.filter((byte) => !refused.includes(byte)).map((byte) => Uint8Array.of(byte)),
    onRefused: ([byte = -1]: Uint8Array) => refused.push(byte),
    height: () => at.height,
    knownHeight: () => at.known,
    onError: () => undefined,
  };
  const following = createFollowing(options as unknown as FollowingOptions);
  const latest = () => calls.at(-1);
  return { following, at, calls, latest };
}

it('follows three of many, from the block after the head on', () => {
  const { following, latest } = scene([1, 2, 3, 4, 5, 6, 7]);
  expect(latest()).toBeUndefined();
  following.start();
  expect(latest()).toMatchObject({ feeds: [1, 2, 3], from: 5 });
  following.stop();
});

it('does not begin anew while what it follows is the same', () => {
  const known = [1, 2, 3];
  const { following, calls, latest } = scene(known);
  following.start();
  known.push(4);
  following.look();
  vi.advanceTimersByTime(1000);
  expect(calls).toHaveLength(1);
  known.unshift(9);
  following.look();
  vi.advanceTimersByTime(1000);
  expect(latest()?.feeds).toEqual([9, 1, 2]);
  following.stop();
});

it('goes to others when what it follows has stalled, and to the first again after all had their turn', () => {
  const { following, at, latest } = scene([1, 2, 3, 4, 5]);
  following.start();
  at.known = 9;
  vi.advanceTimersByTime(9000);
  expect(latest()?.feeds).toEqual([1, 2, 3]);
  vi.advanceTimersByTime(8000);
  expect(latest()?.feeds).toEqual([4, 5]);
  vi.advanceTimersByTime(8000);
  expect(latest()?.feeds).toEqual([1, 2, 3]);
  following.stop();
});

it('stays while blocks come, and while there is nothing more to come', () => {
  const { following, at, calls } = scene([1, 2, 3, 4, 5]);
  following.start();
  vi.advanceTimersByTime(60_000);
  at.known = 1000;
  for (let round = 0; round < 10; round++) {
    at.height += 1;
    vi.advanceTimersByTime(8000);
  }
  expect(calls).toHaveLength(1);
  following.stop();
  at.known = 2000;
  vi.advanceTimersByTime(60_000);
  expect(calls).toHaveLength(1);
});
