// Many signatures at once: the same outcomes as one by one, from the first batch on, with threads and without.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fillLane, judgeLane, laneBytes, laneOver } from '../../../../bcdb/store/verify-lane.ts';
import { createVerifyPool } from '../../../../bcdb/store/verify-pool.ts';
import { signSodium, verifySodium } from '../../../../bcdb/verify.ts';
import { publicKeyOf } from '../../../../core/keys.ts';
import { seedOf } from '../../../support/bcdb-grid.ts';

const seed = seedOf('signer');
const key = publicKeyOf(seed);

/** Every third one is bad, in three ways. */
const claims = Array.from({ length: 120 }, (_, index) => {
  const message = Uint8Array.from({ length: index * 3 }, (__, at) => (at + index) % 256);
  const signature = signSodium(seed, message);
  if (index % 9 === 0) signature[5] = (signature[5] ?? 0) ^ 1;
  const signed = index % 9 === 3 ? Uint8Array.of(...message, 1) : message;
  return { signature, message: signed, key: index % 9 === 6 ? seedOf('no key of mine') : key };
});
const expected = claims.map((_, index) => index % 3 !== 0);

describe('verifying many', () => {
  it('gives the same outcomes with threads, whenever they come up', async () => {
    const pool = createVerifyPool(verifySodium, 2);
    for (let round = 0; round < 20; round++) {
      expect(pool.judge(claims)).toEqual(expected);
      await sleep(25);
    }
    expect(pool.judge(claims.slice(0, 5))).toEqual(expected.slice(0, 5));
    expect(pool.judge([])).toEqual([]);
    pool.close();
    expect(pool.judge(claims)).toEqual(expected);
    pool.close();
  });

  it('a lane takes what fits, and judges just that', () => {
    const lane = laneOver(new SharedArrayBuffer(laneBytes));
    const large = { ...claims[1], message: new Uint8Array(3 * 1024 * 1024) } as (typeof claims)[number];
    expect(fillLane(lane, [...claims.slice(0, 4), large, large])).toBe(5);
    judgeLane(lane, verifySodium);
    expect([...lane.outcomes.subarray(0, 6)]).toEqual([0, 1, 1, 0, 0, 0]);
  });
});
