// A block among several guardians: it goes through all its steps, and nobody sees it before it is certified.

import { describe, expect, it } from 'vitest';
import type { Proposal } from '../../../../bcdb/guardian/guardian-store-api.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { addressOf } from '../../../../core/keys.ts';
import { Author, seedOf } from '../../../support/bcdb-grid.ts';
import {
  agree,
  commitBlock,
  firstProposal,
  foundSharedGrid,
  nextProposal,
  openGuardianStores,
  sharedWorld,
} from '../../../support/bcdb-guardians.ts';
import { catchUp, codeFrom, openFollowerStore, openTestStore } from '../../../support/bcdb-store.ts';

const tft = 10_000_000n;
const balanceOf = (store: Store, who: Author): bigint =>
  store.query('account', { address: addressOf(who.key) }).balance;

describe('a grid of several guardians', () => {
  it.each([3, 4, 5, 7])('of %i comes to block 0 and to the next ones, the same everywhere', (count) => {
    const { stores, alice, bob, grid, founding, first } = sharedWorld(count);
    commitBlock(stores, nextProposal(first, [alice.transfer(grid, bob.key, 3n * tft)]));
    commitBlock(stores, nextProposal(first, []));
    const heads = new Set(stores.map((store) => store.info().head?.headerHash));
    expect(heads.size).toBe(1);
    expect(first.info()).toMatchObject({ isGuardian: true, head: { height: 2 } });
    const follower = openFollowerStore(founding).store;
    catchUp(follower, first);
    expect(follower.info().head).toEqual(first.info().head);
    expect(balanceOf(follower, bob)).toBe(3n * tft);
  });

  it('has its position in every header, 0 in that of block 0', () => {
    const { stores, first } = sharedWorld();
    expect(first.situation()).toMatchObject({
      role: 'several',
      epoch: 0,
      genesis: null,
      head: { height: 0, position: 0 },
    });
    commitBlock(stores, nextProposal(first, [], { position: 17 }));
    expect(first.situation().head).toMatchObject({ height: 1, position: 17 });
    expect(first.cutInMs()).toBeUndefined();
    expect(codeFrom(() => first.cut())).toBe('net/refused');
  });

  it('keeps the genesis for its founders until block 0 is certified, across restarts', () => {
    const founding = foundSharedGrid(3);
    const [opened] = openGuardianStores(founding);
    expect(opened?.store.situation()).toMatchObject({ role: 'several', head: null, genesis: founding.genesis });
    expect(opened?.store.info()).toMatchObject({ head: null, isGuardian: true });
  });

  it('refuses another block 0: other time, position, epoch, records, genesis', () => {
    const founding = foundSharedGrid(3);
    const [opened] = openGuardianStores(founding);
    const good = firstProposal(founding);
    const wrong: Partial<Proposal>[] = [
      { timeMs: good.timeMs + 1 },
      { position: 1 },
      { epoch: 1 },
      { records: [] },
      { records: [founding.genesis, founding.genesis] },
      { records: [foundSharedGrid(3, [], { name: 'other' }).genesis] },
    ];
    for (const change of wrong) {
      expect(codeFrom(() => opened?.store.act((acts) => acts.propose({ ...good, ...change })))).toBe(
        'replica/bad-block',
      );
    }
    expect(opened?.store.act((acts) => acts.propose(good)).verdicts).toEqual(['ok']);
  });

  it('a key that the genesis does not name cannot found it', () => {
    const founding = foundSharedGrid(3);
    const open = () =>
      openTestStore({ how: 'create', genesis: founding.genesis }, { guardianSeed: seedOf('stranger') });
    expect(codeFrom(open)).toBe('replica/bad-certificate');
  });
});

describe('a proposed block', () => {
  it('is seen by nobody until it is certified: queries, previews and the next proposal see the last committed state', () => {
    const { stores, alice, bob, grid, first, act } = sharedWorld();
    const before = first.info().head;
    const proposal = nextProposal(first, [alice.transfer(grid, bob.key, 60n * tft)]);
    const { certificate, headerBytes } = agree(stores, proposal);
    expect(first.info().head).toEqual(before);
    expect(balanceOf(first, bob)).toBe(0n);
    expect(first.query('ledger', { address: addressOf(bob.key), limit: 9 }).items).toEqual([]);
    // Bob has nothing yet, so a preview refuses; Alice still has all.
    expect(first.submit([bob.transfer(grid, alice.key, 1n)])).toMatchObject([
      { error: { code: 'money/insufficient' } },
    ]);
    const again = new Author('alice').transfer(grid, bob.key, 90n * tft);
    expect(first.submit([again])).toMatchObject([{ view: { state: 'pending' } }]);
    expect(act((acts) => acts.propose(proposal)).headerBytes).toEqual(headerBytes);
    act((acts) => acts.certify(certificate));
    expect(balanceOf(first, bob)).toBe(60n * tft);
    expect(first.query('books', {})).toMatchObject({ unexplained: 0n });
  });

  it('is replaced by the next proposal, without a trace of the first', () => {
    const { stores, alice, bob, grid, first } = sharedWorld();
    const other = new Author('alice').transfer(grid, bob.key, 1n);
    first.act((acts) => acts.propose(nextProposal(first, [other])));
    commitBlock(stores, nextProposal(first, [alice.transfer(grid, bob.key, 2n)]));
    expect(balanceOf(first, bob)).toBe(2n);
    expect(new Set(stores.map((store) => store.info().head?.execHash)).size).toBe(1);
  });

  it('is gone when another block came in its place: nothing is prepared or certified any more', () => {
    const { stores, alice, bob, grid, first, act } = sharedWorld();
    act((acts) => acts.propose(nextProposal(first, [])));
    const [, ...others] = stores;
    commitBlock(others, nextProposal(first, [alice.transfer(grid, bob.key, 2n)]));
    catchUp(first, others[0] as Store);
    expect(codeFrom(() => act((acts) => acts.prepare()))).toBe('replica/not-found');
    expect(codeFrom(() => act((acts) => acts.certify([])))).toBe('replica/not-found');
  });

  it.each([
    ['time that goes back', { timeMs: 5 }, 'replica/bad-block'],
    ['a position that does not grow', { position: 0 }, 'replica/bad-block'],
    ['an epoch that does not begin with its record', { epoch: 1 }, 'guardian/wrong-epoch'],
  ])('with %s is refused', (_what, change, code) => {
    const { first, act } = sharedWorld();
    expect(codeFrom(() => act((acts) => acts.propose(nextProposal(first, [], change))))).toBe(code);
    expect(codeFrom(() => act((acts) => acts.prepare()))).toBe('replica/not-found');
  });

  it('that must come to a given header, and does not, is refused', () => {
    const { stores, first, act, alice, bob, grid } = sharedWorld();
    const { headerBytes } = agree(stores, nextProposal(first, []));
    const record = alice.transfer(grid, bob.key, 1n);
    expect(codeFrom(() => act((acts) => acts.propose(nextProposal(first, [record]), headerBytes)))).toBe(
      'guardian/bad-lock',
    );
    const late = nextProposal(first, [], { timeMs: nextProposal(first, []).timeMs + 1 });
    expect(codeFrom(() => act((acts) => acts.propose(late, headerBytes)))).toBe('guardian/bad-lock');
    expect(act((acts) => acts.propose(nextProposal(first, []), headerBytes)).headerBytes).toEqual(headerBytes);
  });

  it('is certified only by a quorum of guardians over exactly its header', () => {
    const { stores, first, act } = sharedWorld();
    const { certificate } = agree(stores, nextProposal(first, []));
    const stranger = { guardian: seedOf('x'), signature: new Uint8Array(64) };
    const [one, two, three] = certificate;
    for (const bad of [
      [],
      [one, two],
      [one, one, one],
      [one, two, stranger],
      [one, two, { ...three, guardian: one?.guardian }],
    ]) {
      expect(codeFrom(() => act((acts) => acts.certify(bad as typeof certificate)))).toBe('replica/bad-certificate');
    }
    expect(first.info()).toMatchObject({ head: { height: 0 }, alarm: null });
    act((acts) => acts.certify(certificate.slice(1)));
    expect(first.info().head?.height).toBe(1);
  });
});
