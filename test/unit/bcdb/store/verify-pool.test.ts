// Many signatures at once: the same outcomes as one by one, from the first batch on, with threads and without.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { boardBytes, VerifyBoard } from '../../../../bcdb/store/verify-board.ts';
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

  it('gives the same outcomes for what was begun and asked for later', async () => {
    const pool = createVerifyPool(verifySodium, 1);
    for (const pauseMs of [0, 30, 30]) {
      const finish = pool.begin(claims);
      await sleep(pauseMs);
      expect(finish()).toEqual(expected);
      expect(finish()).toEqual(expected);
    }
    pool.close();
  });

  it('what is judged in between, or threads that ended, do not spoil what was begun', async () => {
    const pool = createVerifyPool(verifySodium, 1);
    const finish = pool.begin(claims);
    const turned = claims.toReversed();
    expect(pool.judge(turned)).toEqual(expected.toReversed());
    expect(finish()).toEqual(expected);
    const [first, second] = [pool.begin(claims), pool.begin(turned)];
    await sleep(10);
    expect([first(), second()]).toEqual([expected, expected.toReversed()]);
    const left = pool.begin(claims);
    pool.close();
    expect(left()).toEqual(expected);
  });

  it('what was begun before any thread came up is judged after the end of them all', () => {
    const pool = createVerifyPool(verifySodium, 1);
    const left = pool.begin(claims);
    pool.close();
    expect(left()).toEqual(expected);
  });

  it('judges what does not fit on the board too', () => {
    const pool = createVerifyPool(verifySodium, 1);
    const large = new Uint8Array(3 * 1024 * 1024);
    const tooLarge = new Uint8Array(5 * 1024 * 1024);
    const heavy = [large, tooLarge, large].map((message) => ({ signature: signSodium(seed, message), message, key }));
    expect(pool.judge([...claims, ...heavy, ...claims])).toEqual([...expected, true, true, true, ...expected]);
    pool.close();
  });

  it('an outcome of an earlier batch is none of the present one', () => {
    const board = new VerifyBoard(new SharedArrayBuffer(boardBytes));
    expect(board.put(claims)).toBe(claims.length);
    const first = board.judge(verifySodium);
    expect(claims.map((_, index) => board.outcome(index, first))).toEqual(expected);
    board.put(claims);
    expect(claims.map((_, index) => board.outcome(index, board.batch))).toEqual(claims.map(() => undefined));
    expect(board.take()).toBe(0);
  });
});
