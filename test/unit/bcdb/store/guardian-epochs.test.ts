// A fresh stream at a certified height: how an epoch begins, and what may be signed again.

import { describe, expect, it } from 'vitest';
import { Author } from '../../../support/bcdb-grid.ts';
import { agree, commitBlock, nextProposal, sharedWorld } from '../../../support/bcdb-guardians.ts';
import { catchUp, codeFrom, openFollowerStore } from '../../../support/bcdb-store.ts';

describe('an epoch', () => {
  /** All four moved to epoch 1. */
  function moved(lockFirst: boolean) {
    const world = sharedWorld();
    const { stores, first, alice, bob, grid } = world;
    const proposal = nextProposal(first, [alice.transfer(grid, bob.key, 1n)]);
    const locked = lockFirst ? agree(stores, proposal) : undefined;
    const moves = stores.map((store) => store.act((acts) => acts.move(1)));
    const record = first.act((acts) => acts.epochRecord(1, moves.slice(0, 3)));
    return { ...world, proposal, locked, moves, record };
  }

  it('begins with its record as the first of a block, and a fresh position', () => {
    const { stores, first, record, founding, alice, bob, grid } = moved(false);
    commitBlock(stores, nextProposal(first, [record, alice.transfer(grid, bob.key, 1n)], { epoch: 1, position: 1 }));
    expect(first.situation()).toMatchObject({ epoch: 1, head: { height: 1, epoch: 1, position: 1 } });
    commitBlock(stores, nextProposal(first, []));
    const follower = openFollowerStore(founding).store;
    catchUp(follower, first);
    expect(follower.info()).toMatchObject({ head: first.info().head, alarm: null });
    expect(codeFrom(() => first.act((acts) => acts.move(1)))).toBe('guardian/wrong-epoch');
  });

  it('that is obliged begins with the locked block on its old header, and its record after that', () => {
    const { stores, first, record, proposal, locked, founding } = moved(true);
    const again = { ...proposal, epoch: 1 };
    expect(
      codeFrom(
        () => first.act((acts) => acts.propose(proposal, locked?.headerBytes)) && first.act((acts) => acts.prepare()),
      ),
    ).toBe('guardian/wrong-epoch');
    const { headerBytes } = agree(stores, again, locked?.headerBytes);
    expect(headerBytes).toEqual(locked?.headerBytes);
    commitBlock(stores, again, locked?.headerBytes);
    expect(first.situation().head).toMatchObject({ height: 1, epoch: 0 });
    commitBlock(stores, nextProposal(first, [record], { epoch: 1, position: 1 }));
    expect(first.situation().head).toMatchObject({ height: 2, epoch: 1 });
    const follower = openFollowerStore(founding).store;
    catchUp(follower, first);
    expect(follower.info()).toMatchObject({ head: first.info().head, alarm: null });
  });

  it('lets a guardian sign another header at a height that it signed, once more and no more', () => {
    const { stores, first, record, alice, grid, bob } = moved(true);
    // As when the lock of this guardian was seen by nobody else.
    const proposal = nextProposal(first, [record], { epoch: 1, position: 1 });
    commitBlock(stores, proposal);
    expect(first.info().head?.height).toBe(1);
    expect(codeFrom(() => first.submit([new Author('alice').transfer(grid, bob.key, 5n)]))).toBeUndefined();
    expect(alice.seq).toBe(1);
  });

  it('begins nowhere else: its record is left out of a block of another epoch, and behind others', () => {
    const { first, record, alice, bob, grid } = moved(false);
    const payment = alice.writeAt({ grid, seq: 1, prev: new Uint8Array(32) }, 'transfer', {
      to: bob.key,
      amountStroops: 1n,
    });
    const late = nextProposal(first, [payment, record], { epoch: 1, position: 1 });
    expect(codeFrom(() => first.act((acts) => acts.propose(late)))).toBe('guardian/wrong-epoch');
    const third = sharedWorld();
    const kept = third.act((acts) => acts.propose(nextProposal(third.first, [record])));
    expect(kept.records).toEqual([]);
    expect(third.first.submit([record])).toMatchObject([{ error: { code: 'guardian/wrong-epoch' } }]);
  });
});
