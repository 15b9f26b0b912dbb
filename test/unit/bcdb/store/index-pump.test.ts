// Indexes are built between other work: who needs one waits for it, everybody else does not.

import { describe, expect, it } from 'vitest';
import { createIndexPump } from '../../../../bcdb/store/index-pump.ts';
import { AppError } from '../../../../core/errors.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A store whose index takes so many slices. */
function slow(slices: number) {
  const asked: number[] = [];
  return {
    asked,
    isWaiting: () => asked.length < slices,
    prepare(ms: number) {
      asked.push(ms);
      return asked.length < slices;
    },
  };
}

describe('the index pump', () => {
  it('works in slices, with a turn for everybody else after each', async () => {
    const store = slow(3);
    const pump = createIndexPump(store, () => undefined);
    pump.start();
    const turns: number[] = [];
    for (let each = 0; each < 5; each++) {
      await turn();
      turns.push(store.asked.length);
    }
    expect(turns).toEqual([1, 2, 3, 3, 3]);
  });

  it('lets questions wait until the index is there, in order, and hurries for them', async () => {
    const store = slow(3);
    const pump = createIndexPump(store, () => undefined);
    const done: string[] = [];
    pump.whenReady(
      'nodes',
      () => done.push('first'),
      () => done.push('failed'),
    );
    pump.whenReady(
      'nodes',
      () => done.push('second'),
      () => done.push('failed'),
    );
    await turn();
    expect(done).toEqual([]);
    for (let each = 0; each < 3; each++) await turn();
    expect(done).toEqual(['first', 'second']);
    expect(Math.min(...store.asked)).toBeGreaterThan(8);
    pump.whenReady(
      'nodes',
      () => done.push('at once'),
      () => done.push('failed'),
    );
    expect(done.at(-1)).toBe('at once');
  });

  it('tells those who wait why they never will have an answer', async () => {
    const told: string[] = [];
    const broken = {
      isWaiting: () => true,
      prepare: (): boolean => {
        throw new AppError('replica/corrupt');
      },
    };
    const pump = createIndexPump(broken, ({ code }) => told.push(`defect ${code}`));
    pump.whenReady(
      'nodes',
      () => told.push('answered'),
      ({ code }) => told.push(code),
    );
    await turn();
    expect(told).toEqual(['replica/corrupt', 'defect replica/corrupt']);
    const closing = createIndexPump(slow(9), () => undefined);
    closing.whenReady(
      'nodes',
      () => told.push('answered'),
      ({ code }) => told.push(code),
    );
    closing.stop();
    await turn();
    expect(told.at(-1)).toBe('replica/closed');
    // The next store's questions are another matter.
    closing.whenReady(
      'nodes',
      () => told.push('answered'),
      ({ code }) => told.push(code),
    );
    for (let each = 0; each < 9; each++) await turn();
    expect(told.at(-1)).toBe('answered');
  });
});
