// What a guardian says among several: signed, on disk first, and never twice.

import { describe, expect, it } from 'vitest';
import type { GuardianActs } from '../../../../bcdb/store/guardian-acts.ts';
import { signSodium, verifySodium } from '../../../../bcdb/verify.ts';
import { decodeHeader, headerHash } from '../../../../core/block.ts';
import { toHex } from '../../../../core/bytes.ts';
import { encode } from '../../../../core/cbor.ts';
import { decodeMove, decodePrepare, decodeTick, prepareBytes } from '../../../../core/guardian.ts';
import { Author, seedOf } from '../../../support/bcdb-grid.ts';
import { agree, nextProposal, sharedWorld, signerOf } from '../../../support/bcdb-guardians.ts';
import { catchUp, codeFrom, openFollowerStore, openTestStore } from '../../../support/bcdb-store.ts';
import { prepareOf } from '../../../support/two-statements.ts';

describe('what a guardian says', () => {
  it('is signed, names its place, and is the same when asked again', () => {
    const { first, act, founding, grid } = sharedWorld();
    const check = { guardians: founding.guardians.map(({ key }) => key), verify: verifySodium };
    const { headerBytes } = act((acts) => acts.propose(nextProposal(first, [])));
    const statement = act((acts) => acts.prepare());
    expect(decodePrepare(statement, check).said).toMatchObject({
      grid,
      epoch: 0,
      height: 1,
      header: headerHash(headerBytes),
    });
    expect(toHex(act((acts) => acts.prepare()))).toBe(toHex(statement));
    const tick = decodeTick(
      act((acts) => acts.tick(0)),
      check,
    );
    expect(tick.said).toMatchObject({ grid, epoch: 0, height: 1, timeMs: 1_700_000_000_000 });
    const move = decodeMove(
      act((acts) => acts.move(1)),
      check,
    );
    expect(move.said).toMatchObject({ grid, epoch: 1, lock: null });
    expect(decodeHeader(move.said.header).height).toBe(0);
  });

  it('is no second header in one epoch and height, prepared', () => {
    const { first, act, alice, bob, grid } = sharedWorld();
    act((acts) => acts.propose(nextProposal(first, [])));
    act((acts) => acts.prepare());
    act((acts) => acts.propose(nextProposal(first, [alice.transfer(grid, bob.key, 1n)])));
    expect(codeFrom(() => act((acts) => acts.prepare()))).toBe('replica/forked-head');
    expect(first.info().alarm).toBeNull();
  });

  it('is no other header than the one that it prepared, signed', () => {
    const { first, act, alice, bob, grid, founding } = sharedWorld();
    act((acts) => acts.propose(nextProposal(first, [])));
    act((acts) => acts.prepare());
    const { headerBytes } = act((acts) => acts.propose(nextProposal(first, [alice.transfer(grid, bob.key, 1n)])));
    const prepares = founding.guardians.slice(1).map((guardian) => signerOf(prepareOf(guardian, headerBytes)));
    expect(codeFrom(() => act((acts) => acts.lock(0, prepares)))).toBe('replica/forked-head');
  });

  it('is no second header in one epoch and height, signed', () => {
    const { stores, first, act, alice, bob, grid, founding } = sharedWorld();
    agree(stores, nextProposal(first, []));
    const { headerBytes } = act((acts) => acts.propose(nextProposal(first, [alice.transfer(grid, bob.key, 1n)])));
    const message = prepareBytes({ grid, epoch: 0, height: 1, header: headerHash(headerBytes) });
    const prepares = founding.guardians.map(({ key, seed }) => ({
      guardian: key,
      signature: signSodium(seed, message),
    }));
    expect(codeFrom(() => act((acts) => acts.lock(0, prepares)))).toBe('replica/forked-head');
  });

  it('is no signature without a quorum of true prepares of that very header', () => {
    const { stores, first, act, founding } = sharedWorld();
    for (const store of stores) store.act((acts) => acts.propose(nextProposal(first, [])));
    const prepares = stores.map((store) => signerOf(store.act((acts) => acts.prepare())));
    const [one, two, three] = prepares as [(typeof prepares)[0], (typeof prepares)[0], (typeof prepares)[0]];
    const stranger = new Author('stranger');
    const foreign = { guardian: stranger.key, signature: signSodium(stranger.seed, seedOf('x')) };
    const lock = (epoch: number, said: typeof prepares) => codeFrom(() => act((acts) => acts.lock(epoch, said)));
    expect(lock(0, [])).toBe('guardian/quorum-not-met');
    expect(lock(0, [one, two])).toBe('guardian/quorum-not-met');
    expect(lock(0, [one, one, one])).toBe('guardian/quorum-not-met');
    expect(lock(0, [one, two, foreign])).toBe('guardian/bad-statement');
    expect(lock(0, [one, two, { ...three, signature: two.signature }])).toBe('guardian/bad-statement');
    expect(lock(1, prepares)).toBe('guardian/wrong-epoch');
    expect(act((acts) => acts.lock(0, prepares)).guardian).toEqual(founding.guardians[0]?.key);
  });

  it('is nothing in an earlier epoch after a move', () => {
    const { stores, first, act } = sharedWorld();
    for (const store of stores) store.act((acts) => acts.propose(nextProposal(first, [])));
    const prepares = stores.map((store) => signerOf(store.act((acts) => acts.prepare())));
    act((acts) => acts.move(2));
    expect(act((acts) => acts.epoch())).toBe(2);
    expect(codeFrom(() => act((acts) => acts.prepare()))).toBe('guardian/wrong-epoch');
    expect(codeFrom(() => act((acts) => acts.lock(0, prepares)))).toBe('guardian/wrong-epoch');
    expect(codeFrom(() => act((acts) => acts.tick(1)))).toBe('guardian/wrong-epoch');
    expect(codeFrom(() => act((acts) => acts.move(1)))).toBe('guardian/wrong-epoch');
    // The same again: a fresh statement.
    expect(act((acts) => acts.move(2))).toBeInstanceOf(Uint8Array);
  });

  it('carries the lock above the head when it moves, and keeps its block', () => {
    const { stores, first, act, founding, alice, bob, grid } = sharedWorld();
    const proposal = nextProposal(first, [alice.transfer(grid, bob.key, 1n)]);
    const { headerBytes, certificate } = agree(stores, proposal);
    expect(act((acts) => acts.locked())).toEqual({ headerBytes, proposal });
    const check = { guardians: founding.guardians.map(({ key }) => key), verify: verifySodium };
    const { said } = decodeMove(
      act((acts) => acts.move(1)),
      check,
    );
    expect(said.lock).toMatchObject({ epoch: 0, header: headerBytes });
    expect(said.lock?.prepares).toHaveLength(4);
    act((acts) => acts.certify(certificate));
    expect(act((acts) => acts.locked())).toBeNull();
    expect(
      decodeMove(
        act((acts) => acts.move(1)),
        check,
      ).said.lock,
    ).toBeNull();
  });

  it('needs the office: a key that is no guardian of the next block says nothing', () => {
    const { founding, first } = sharedWorld();
    const { store } = openTestStore({ how: 'join', grid: founding.grid }, { guardianSeed: seedOf('nobody') });
    catchUp(store, first);
    expect(store.info()).toMatchObject({ isGuardian: false, head: { height: 0 } });
    const works: readonly ((acts: GuardianActs) => unknown)[] = [
      (acts) => acts.propose(nextProposal(first, [])),
      (acts) => acts.prepare(),
      (acts) => acts.lock(0, []),
      (acts) => acts.tick(0),
      (acts) => acts.move(1),
      (acts) => acts.epochRecord(1, []),
    ];
    for (const work of works) {
      expect(codeFrom(() => store.act(work))).toBe('guardian/bad-statement');
    }
    expect(codeFrom(() => store.admit([]))).toBe('net/refused');
    expect(codeFrom(() => store.takeAdmitted(1, 1))).toBe('net/refused');
    const without = openFollowerStore(founding).store;
    expect(codeFrom(() => without.act((acts) => acts.epoch()))).toBe('net/refused');
    expect(codeFrom(() => without.situation())).toBe('net/refused');
  });
});

describe('a guardian that was set back', () => {
  it('ignores what others signed, and refuses what is no statement', () => {
    const { first } = sharedWorld();
    const stranger = new Author('stranger');
    const bytes = prepareBytes({ grid: first.info().grid, epoch: 0, height: 1, header: seedOf('h') });
    const foreign = encode([bytes, stranger.key, signSodium(stranger.seed, bytes)]);
    expect(codeFrom(() => first.adopt(foreign, 0))).toBeUndefined();
    const own = first.situation().key;
    for (const bad of [
      encode([bytes, own, new Uint8Array(64)]),
      encode([1, 2, 3]),
      encode('x'),
      encode([encode(null), own]),
    ]) {
      expect(codeFrom(() => first.adopt(bad, 0))).toBe('guardian/bad-statement');
    }
  });
});
