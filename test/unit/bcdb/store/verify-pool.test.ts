// Many signatures at once: the same outcomes as one by one, from the first batch on, with threads and without.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { boardBytes, type Place, VerifyBoard } from '../../../../bcdb/store/verify-board.ts';
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
    const tooLarge = new Uint8Array(17 * 1024 * 1024);
    const heavy = [large, tooLarge, large].map((message) => ({ signature: signSodium(seed, message), message, key }));
    expect(pool.judge([...claims, ...heavy, ...claims])).toEqual([...expected, true, true, true, ...expected]);
    pool.close();
  });

  it('what is begun together is judged together, and asked for in any order', async () => {
    const pool = createVerifyPool(verifySodium, 1);
    const turned = claims.toReversed();
    for (let round = 0; round < 5; round++) {
      const begun = [claims, turned, claims.slice(20), turned.slice(20)].map((some) => pool.begin(some));
      await sleep(round * 5);
      const wanted = [expected, expected.toReversed(), expected.slice(20), expected.toReversed().slice(20)];
      expect(begun.toReversed().map((finish) => finish())).toEqual(wanted.toReversed());
    }
    pool.close();
  });

  it('what is never asked for takes no room for ever', () => {
    const pool = createVerifyPool(verifySodium, 1);
    const heavy = new Uint8Array(1024 * 1024);
    const some = Array.from({ length: 16 }, () => ({ signature: signSodium(seed, heavy), message: heavy, key }));
    for (let round = 0; round < 4; round++) pool.begin(some);
    const kept = pool.begin(claims);
    expect(pool.judge(some)).toEqual(some.map(() => true));
    expect(kept()).toEqual(expected);
    pool.close();
  });

  it('an outcome on an earlier sheet is none of the present one', () => {
    const board = new VerifyBoard(new SharedArrayBuffer(boardBytes));
    const outcomes = ({ sheet, from }: Place) => claims.map((_, index) => board.outcome(from + index, sheet));
    const first = board.put(claims);
    const second = board.put(claims);
    expect([first.count, second.from]).toEqual([claims.length, claims.length]);
    board.judge(verifySodium, claims.length);
    expect([outcomes(first), outcomes(second)]).toEqual([expected, claims.map(() => undefined)]);
    board.wipe();
    const third = board.put(claims);
    expect(outcomes(third)).toEqual(claims.map(() => undefined));
    board.judge(verifySodium);
    expect(outcomes(third)).toEqual(expected);
    expect(outcomes(first)).toEqual(claims.map(() => undefined));
  });
});
