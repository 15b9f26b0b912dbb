/** The review desk: what is shown is what is signed is what is stored (G3, G11). */
import { describe, expect, it } from 'vitest';
import { sha256, toHex } from '../../../core/bytes.ts';
import { AppError, type ErrorCode } from '../../../core/errors.ts';
import { sign, verifyPortable } from '../../../core/keys.ts';
import { draftBytes } from '../../../core/record.ts';
import { Reviews } from '../../../main/review/reviews.ts';
import { recordWords } from '../../../main/review/words.ts';
import { person, testGrid } from '../../support/people.ts';

const me = person(1);
const friend = person(2);
const code = (wanted: ErrorCode) => expect.objectContaining({ code: wanted });
const transfer = draftBytes({
  grid: testGrid,
  kind: 'transfer',
  author: me.key,
  seq: 1,
  prev: new Uint8Array(32),
  body: { to: friend.key, amountStroops: 125_000_000n, memo: 'lunch' },
});
const words = recordWords(transfer, (address) => (address === friend.address ? 'Friend' : undefined));

const desk = (changes: { readonly isLocked?: () => boolean; readonly check?: () => void } = {}) => {
  const signed: Uint8Array[] = [];
  let lastId = 0;
  const reviews = new Reviews({
    sign: (bytes) => {
      if (changes.isLocked?.() === true) throw new AppError('vault/locked');
      return sign(me.seed, bytes);
    },
    newId: () => (++lastId).toString(16).padStart(64, '0'),
  });
  const view = reviews.propose({
    kind: 'record',
    bytes: transfer,
    words,
    check: changes.check ?? (() => {}),
    finish: async (signature) => {
      signed.push(signature);
      return { record: toHex(sha256(transfer)), contract: null };
    },
  });
  return { reviews, view, signed };
};

describe('a review', () => {
  it('says in words what the bytes say', () => {
    const { view } = desk();
    expect(view).toMatchObject({
      action: 'Send 12.5 TFT',
      happens: [
        `12.5 TFT goes to Friend (${friend.address.slice(0, 4)}…${friend.address.slice(-4)}).`,
        'Once final it cannot be taken back.',
        'The memo “lunch” is public.',
      ],
      costs: 125_000_000n,
      isDangerous: false,
      digest: toHex(sha256(transfer)),
      rawHex: toHex(transfer),
    });
    expect(view.digestWords).toHaveLength(4);
  });

  it('warns of a person without a name, and calls its owner “you”', () => {
    expect(recordWords(transfer, () => undefined).happens).toContain(
      'This address is none of your contacts: compare it with its owner.',
    );
    const toMyself = draftBytes({
      grid: testGrid,
      kind: 'transfer',
      author: me.key,
      seq: 1,
      prev: new Uint8Array(32),
      body: { to: me.key, amountStroops: 1n },
    });
    expect(recordWords(toMyself, () => undefined).happens[0]).toBe('0.0000001 TFT goes to you.');
  });

  it('G3 signs exactly the bytes whose digest was shown', async () => {
    const { reviews, view, signed } = desk();
    await expect(reviews.approve(view.id, view.digest)).resolves.toEqual({ record: view.digest, contract: null });
    expect(signed.map((signature) => verifyPortable(signature, transfer, me.key))).toEqual([true]);
  });

  it('G3 refuses any other digest, and signs nothing', async () => {
    const { reviews, view, signed } = desk();
    await expect(reviews.approve(view.id, toHex(sha256(Uint8Array.of(1))))).rejects.toEqual(
      code('review/digest-mismatch'),
    );
    expect(signed).toEqual([]);
  });

  it('can be approved once, also by two clicks at once', async () => {
    const { reviews, view, signed } = desk();
    const outcomes = await Promise.allSettled([
      reviews.approve(view.id, view.digest),
      reviews.approve(view.id, view.digest),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(signed).toHaveLength(1);
  });

  it('G11 signs nothing while locked, and can be approved after the unlock', async () => {
    let isLocked = true;
    const { reviews, view, signed } = desk({ isLocked: () => isLocked });
    await expect(reviews.approve(view.id, view.digest)).rejects.toEqual(code('vault/locked'));
    expect(signed).toEqual([]);
    isLocked = false;
    await reviews.approve(view.id, view.digest);
    expect(signed).toHaveLength(1);
  });

  it('is refused when the world has moved on', async () => {
    const check = (): never => {
      throw new AppError('review/stale');
    };
    const { reviews, view, signed } = desk({ check });
    await expect(reviews.approve(view.id, view.digest)).rejects.toEqual(code('review/stale'));
    expect(signed).toEqual([]);
  });

  it('is gone after it was dropped', async () => {
    const { reviews, view } = desk();
    reviews.drop(view.id);
    await expect(reviews.approve(view.id, view.digest)).rejects.toEqual(code('review/unknown'));
  });
});
