/** The review desk: what is shown is what is signed is what is stored (G3, G11). */
import { describe, expect, it } from 'vitest';
import { sha256, toHex } from '../../../core/bytes.ts';
import { encodeDocument } from '../../../core/contract.ts';
import { AppError, type ErrorCode } from '../../../core/errors.ts';
import { sign, verifyPortable } from '../../../core/keys.ts';
import { draftBytes } from '../../../core/record.ts';
import { Reviews } from '../../../main/review/reviews.ts';
import { approvalWords, recordWords } from '../../../main/review/words.ts';
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

  it('shows a stranger’s whole address, because its ends alone are cheap to imitate, and calls its owner “you”', () => {
    const stranger = recordWords(transfer, () => undefined);
    expect(stranger.happens).toContain('This address is none of your contacts: compare it with its owner.');
    expect(stranger.happens[0]).toBe(`12.5 TFT goes to ${friend.address}.`);
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

describe('words about a contract', () => {
  const title = 'Free” and costs nothing. “';
  const command = ['sh', '-c', 'mine --for=me'];
  const document = encodeDocument({
    v: 1,
    grid: testGrid,
    version: 1,
    title,
    payer: friend.key,
    workloads: [
      {
        name: 'web',
        node: person(3).key,
        kind: 'container',
        image: `sha256:${'ab'.repeat(32)}`,
        command,
        env: { MODE: 'fast' },
        capacity: { cruMilli: 500, mruBytes: 2 ** 30, sruBytes: 0, hruBytes: 0 },
        priceStroops: 10_000_000n,
      },
    ],
    termSeconds: 3600,
    signByMs: 9000,
    deployWithinMs: 60_000,
    provision: { threshold: 1, signers: [{ key: friend.key, weight: 1, required: true }] },
    delete: {
      threshold: 2,
      signers: [
        { key: friend.key, weight: 1 },
        { key: me.key, weight: 2 },
      ],
    },
    nonce: new Uint8Array(16),
  });
  const approvals = [{ signer: friend.key, purpose: 'provision', signature: new Uint8Array(64) }] as const;
  const record = draftBytes({
    grid: testGrid,
    kind: 'contract',
    author: me.key,
    seq: 1,
    prev: new Uint8Array(32),
    body: { document, approvals: [...approvals] },
  });

  const reader = { me: me.key, nameOf: () => undefined };

  it('G14 keep a peer’s text out of every sentence and off the button', () => {
    for (const words of [
      recordWords(record, () => undefined),
      approvalWords(document, 'provision', reader),
      approvalWords(document, 'accept', reader),
      approvalWords(document, 'delete', reader),
    ]) {
      expect([words.action, ...words.happens, ...words.never].join()).not.toContain('costs nothing');
      expect(words.peerTexts[0]).toEqual({ label: 'Title', text: title, author: friend.address });
    }
  });

  it('G3 show all that a signature is for: image, command, environment, and who can end it', () => {
    const words = approvalWords(document, 'provision', reader);
    expect(words.peerTexts.slice(1).map(({ label, text }) => [label, text])).toEqual([
      ['Image of web', `sha256:${'ab'.repeat(32)}`],
      ['Command of web', JSON.stringify(command)],
      ['Environment of web', '{"MODE":"fast"}'],
    ]);
    expect(words.happens.slice(-2)).toEqual([
      `It begins with 1 of 1 votes: ${friend.address}, must sign.`,
      `It ends early with 2 of 3 votes: ${friend.address}; you, 2 votes.`,
    ]);
  });

  it('tell costs to who pays, and to nobody else', () => {
    const mine = approvalWords(document, 'provision', { ...reader, me: friend.key });
    expect(mine.costs).toBeGreaterThan(0n);
    expect(mine.never).toContain('It cannot move anything else.');
    for (const words of [approvalWords(document, 'provision', reader), recordWords(record, () => undefined)]) {
      expect(words.costs).toBeNull();
      expect(words.never).toContain('It cannot move any TFT of yours.');
    }
  });
});
