// Which two statements of a guardian are proof that it broke the protocol, and which honest ones look like it.

import { describe, expect, it } from 'vitest';
import { verifySodium } from '../../../bcdb/verify.ts';
import { encode } from '../../../core/cbor.ts';
import { tickBytes } from '../../../core/guardian.ts';
import { checkTwoStatements } from '../../../core/two-statements.ts';
import { Author, seedOf } from '../../support/bcdb-grid.ts';
import { codeFrom } from '../../support/bcdb-store.ts';
import { commitOf, headerOf, moveOf, otherHeader, prepareOf } from '../../support/two-statements.ts';

const liar = new Author('a guardian that lies');
const grid = seedOf('grid');
const below = headerOf(grid, 4);
const header = headerOf(grid, 5);
const rival = otherHeader(header);
const lockOn = (bytes: Uint8Array, epoch: number) => ({ epoch, header: bytes, prepares: [] });
const check = (one: Uint8Array, other: Uint8Array) => checkTwoStatements(one, other, { grid, verify: verifySodium });
const move = (epoch: number, lock: ReturnType<typeof lockOn> | null, on = below) => moveOf(liar, on, { epoch, lock });

describe('two statements prove a lie', () => {
  it.each([
    ['two prepares', prepareOf(liar, header), prepareOf(liar, rival), 'two prepares at height 5, epoch 0'],
    ['two commits', commitOf(liar, header), commitOf(liar, rival), 'two signed headers at height 5, epoch 0'],
    [
      'two commits of a later epoch',
      commitOf(liar, header, 3),
      commitOf(liar, rival, 3),
      'two signed headers at height 5, epoch 3',
    ],
    [
      'a commit of a later epoch for an old header, and one for a header of that epoch',
      commitOf(liar, header, 3),
      commitOf(liar, headerOf(grid, 5, 3)),
      'two signed headers at height 5, epoch 3',
    ],
    [
      'a prepare and a commit',
      prepareOf(liar, header),
      commitOf(liar, rival),
      'a prepare and a signed header at height 5, epoch 0',
    ],
    [
      'a move that hides a lock',
      commitOf(liar, header),
      move(1, null),
      'a signed header and a move at height 5, epochs 0 and 1',
    ],
    [
      'a move that tells an older lock',
      move(3, lockOn(header, 1)),
      commitOf(liar, rival, 2),
      'a move and a signed header at height 5, epochs 3 and 2',
    ],
    [
      'a move that tells another lock of that epoch',
      commitOf(liar, header),
      move(1, lockOn(rival, 0)),
      'a signed header and a move at height 5, epochs 0 and 1',
    ],
    ['two moves, one without a lock', move(2, lockOn(header, 0)), move(2, null), 'two moves at height 5, epoch 2'],
    [
      'two moves with different locks',
      move(2, lockOn(header, 0)),
      move(2, lockOn(rival, 0)),
      'two moves at height 5, epoch 2',
    ],
    [
      'two moves with locks of different epochs',
      move(2, lockOn(header, 0)),
      move(2, lockOn(header, 1)),
      'two moves at height 5, epoch 2',
    ],
  ])('%s', (_, one, other, detail) => {
    expect(check(one, other)).toEqual({ guardian: liar.key, height: 5, detail });
    expect(check(other, one)).toMatchObject({ guardian: liar.key, height: 5 });
  });
});

describe('two statements prove nothing', () => {
  const bad = 'guardian/bad-statement';
  const tick = tickBytes({ grid, epoch: 0, height: 5, timeMs: 1 });
  it.each([
    ['the same prepare twice', prepareOf(liar, header), prepareOf(liar, header)],
    ['prepares of two epochs', prepareOf(liar, header, 0), prepareOf(liar, rival, 1)],
    ['prepares of two heights', prepareOf(liar, header), prepareOf(liar, headerOf(grid, 6))],
    ['commits of two epochs', commitOf(liar, header, 0), commitOf(liar, rival, 1)],
    ['prepares of two guardians', prepareOf(liar, header), prepareOf(new Author('another'), rival)],
    ['a move with the lock of what was signed', commitOf(liar, header), move(1, lockOn(header, 0))],
    ['a move with a later lock', commitOf(liar, header, 1), move(4, lockOn(rival, 2))],
    ['a signature in the epoch that was moved to', move(1, null), commitOf(liar, headerOf(grid, 5, 1))],
    ['a prepare that never became a lock', move(1, null), prepareOf(liar, header)],
    ['a move above the header that was signed', move(1, null, header), commitOf(liar, header)],
    ['moves on two heads', move(1, null), move(1, null, header)],
    ['moves to two epochs', move(1, null), move(2, lockOn(header, 1))],
    ['a move told again when a lock of the new epoch is there', move(2, lockOn(header, 0)), move(2, lockOn(rival, 2))],
    ['ticks', encode([tick, liar.key, new Uint8Array(64)]), encode([tick, liar.key, new Uint8Array(64)])],
    ['no statement', encode([header, []]), prepareOf(liar, header)],
    [
      'a signature over a header that was not proposed yet',
      encode([header, [{ guardian: liar.key, signature: new Uint8Array(64), epoch: 1 }]]),
      commitOf(liar, rival, 1),
    ],
  ])('%s', (_, one, other) => {
    expect(codeFrom(() => check(one, other))).toBe(bad);
    expect(codeFrom(() => check(other, one))).toBe(bad);
  });

  it('of another grid, or with any bit of a signature changed', () => {
    const [one, other] = [prepareOf(liar, header), commitOf(liar, rival)];
    const elsewhere = { grid: seedOf('another grid'), verify: verifySodium };
    expect(codeFrom(() => checkTwoStatements(one, other, elsewhere))).toBe('record/wrong-grid');
    const spoiled = one.with(one.length - 1, (one.at(-1) ?? 0) ^ 1);
    expect(codeFrom(() => check(spoiled, other))).toBe(bad);
    expect(codeFrom(() => check(other, spoiled))).toBe(bad);
  });
});
