// A feed of one's own: filled in order, taken up again after trouble, and not offered by who does not keep all blocks.
import { afterEach, expect, it, vi } from 'vitest';
import { createFeedPublisher } from '../../../../bcdb/replica/feed-publisher.ts';
import { AppError } from '../../../../core/errors.ts';

type Store = Parameters<typeof createFeedPublisher>[0];
type Net = Parameters<typeof createFeedPublisher>[1];

afterEach(() => vi.useRealTimers());

/** A store that has blocks from `floor` on, besides the genesis. */
function publishing(floor: { height: number }) {
  const feed: number[] = [];
  const call = async (_name: string, height: number): Promise<Uint8Array> => {
    if (height > 0 && height < floor.height) throw new AppError('replica/pruned');
    return Uint8Array.of(height);
  };
  const net = {
    published: () => feed.length,
    async publish(height: number, block: Uint8Array) {
      if (height !== feed.length) throw new AppError('net/gap');
      feed.push(block[0] ?? -1);
      return feed.length;
    },
  };
  const errors: unknown[] = [];
  const publisher = createFeedPublisher({ call } as unknown as Store, net as unknown as Net, (error) =>
    errors.push(error),
  );
  return { feed, publisher, errors };
}

it('writes every block up to the head, in order', async () => {
  const { feed, publisher, errors } = publishing({ height: 0 });
  publisher.reach(40);
  await expect.poll(() => feed.length).toBe(41);
  publisher.reach(42);
  await expect.poll(() => feed.length).toBe(43);
  expect([feed, publisher.isWhole(), errors]).toEqual([Array.from({ length: 43 }, (_, height) => height), true, []]);
});

it('who lacks blocks offers none, and does once they are all here', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const floor = { height: 5 };
  const { feed, publisher, errors } = publishing(floor);
  publisher.reach(9);
  await expect.poll(() => publisher.isWhole()).toBe(false);
  floor.height = 0;
  publisher.reach(10);
  expect(publisher.isWhole()).toBe(false);
  vi.advanceTimersByTime(61_000);
  publisher.reach(11);
  await expect.poll(() => [publisher.isWhole(), feed.length]).toEqual([true, 12]);
  expect(errors).toEqual([]);
});
