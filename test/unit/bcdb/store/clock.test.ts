// G21 a wrong clock: block time never goes back, deadlines are judged by block time, and life goes on.

import { describe, expect, it } from 'vitest';
import { heartbeatMs } from '../../../../bcdb/store/sequencer.ts';
import { Author, foundGrid } from '../../../support/bcdb-grid.ts';
import { catchUp, openFollowerStore, openGuardianStore } from '../../../support/bcdb-store.ts';

const hourMs = 3_600_000;
const startMs = 1_700_000_000_000;

function setUp() {
  const alice = new Author('alice');
  const founding = foundGrid([[alice, 1_000_000n]], { createdMs: startMs });
  const time = { nowMs: startMs };
  const { store } = openGuardianStore(founding, { time });
  const pay = (): void => {
    store.submit([alice.transfer(founding.grid, founding.guardian.key, 1n)]);
    store.cut();
  };
  const times = (): readonly number[] =>
    store
      .query('blocks', { limit: 100 })
      .items.map(({ timeMs }) => timeMs)
      .toReversed();
  return { founding, time, store, pay, times };
}

describe("the guardian's clock", () => {
  it('G21 an hour backwards: records go on at the last block time, until the clock has caught up', () => {
    const { founding, time, store, pay, times } = setUp();
    time.nowMs += 1000;
    pay();
    time.nowMs -= hourMs;
    pay();
    pay();
    time.nowMs += hourMs + 500;
    pay();
    expect(times()).toEqual([startMs, startMs + 1000, startMs + 1000, startMs + 1000, startMs + 1500]);
    const follower = openFollowerStore(founding).store;
    catchUp(follower, store);
    expect(follower.info().head).toEqual(store.info().head);
  });

  it('G21 an hour ahead: block time follows, and a member takes it', () => {
    const { founding, time, store, pay, times } = setUp();
    time.nowMs += hourMs;
    pay();
    time.nowMs -= hourMs;
    pay();
    expect(times()).toEqual([startMs, startMs + hourMs, startMs + hourMs]);
    const follower = openFollowerStore(founding, { time: { nowMs: startMs } }).store;
    catchUp(follower, store);
    expect(follower.info().alarm).toBeNull();
  });

  it('with nothing to say, there is a sign of life every half minute of block time', () => {
    const { time, store } = setUp();
    expect(store.cutInMs()).toBe(heartbeatMs);
    time.nowMs += heartbeatMs;
    expect(store.cutInMs()).toBe(0);
    store.cut();
    expect(store.info().head).toMatchObject({ height: 1, timeMs: startMs + heartbeatMs, recordCount: 1 });
    expect(store.cutInMs()).toBe(heartbeatMs);
  });
});
