// Guardians come and go by a policy record: from the next block on others sign, and everybody who follows knows it.

import { describe, expect, it } from 'vitest';
import type { Store } from '../../../../bcdb/store/store.ts';
import { signSodium } from '../../../../bcdb/verify.ts';
import { decodeBlock, encodeBlock, encodeHeader, type Header } from '../../../../core/block.ts';
import { toHex } from '../../../../core/bytes.ts';
import { decode } from '../../../../core/cbor.ts';
import { verifyPortable } from '../../../../core/keys.ts';
import { verifyReceipt } from '../../../../core/receipt.ts';
import { verifyReceipt as verifyAlone } from '../../../../scripts/verifier/proofs.mjs';
import { Author, foundGrid } from '../../../support/bcdb-grid.ts';
import { commitBlock, nextProposal, policyRecord, sharedWorld } from '../../../support/bcdb-guardians.ts';
import { catchUp, codeFrom, openFollowerStore, openGuardianStore, openTestStore } from '../../../support/bcdb-store.ts';

const storeOf = (grid: Uint8Array, { seed }: Author) => openTestStore({ how: 'join', grid }, { guardianSeed: seed });

/** A grid of four with a follower and a fifth who is not in office yet; `change` sets the guardians. */
function setUp() {
  const world = sharedWorld(4);
  const { founding, grid, first, stores } = world;
  const fifth = new Author('fifth guardian');
  const joined = storeOf(grid, fifth);
  const follower = openFollowerStore(founding);
  const present = { guardians: [...founding.guardians], stores: [...stores] };
  const all: Store[] = [...stores, joined.store, follower.store];
  let version = 1;

  const block = (records: readonly Uint8Array[]): void => {
    const [lead] = present.stores;
    if (lead === undefined) throw new Error('no guardian');
    commitBlock(present.stores, nextProposal(lead, records));
    for (const each of all) catchUp(each, lead);
  };
  const change = (guardians: readonly Author[], nextStores: readonly Store[]): void => {
    version += 1;
    const added = guardians.filter((one) => !present.guardians.includes(one));
    const signers = [...present.guardians, ...added];
    block([policyRecord(world.alice, grid, { version, guardians, signers })]);
    present.guardians = [...guardians];
    present.stores = [...nextStores];
  };
  catchUp(joined.store, first);
  catchUp(follower.store, first);
  return { ...world, fifth, joined, follower: follower.store, present, change, block };
}

/** A block like the given one, with other header fields and signatures by `signers`. */
function signedBy(bytes: Uint8Array, signers: readonly Author[], change: Partial<Header> = {}): Uint8Array {
  const block = decodeBlock(bytes);
  const headerBytes = encodeHeader({ ...block.header, ...change });
  const certificate = signers.map(({ key, seed }) => ({ guardian: key, signature: signSodium(seed, headerBytes) }));
  return encodeBlock({ ...block, headerBytes, certificate });
}

describe('two policy records in one block', () => {
  it('change the guardians once; the second is refused, and good in the next block; receipts have a link for each', () => {
    const { founding, stores, first, follower, alice, bob, grid, block } = setUp();
    const [a, b, c, d] = founding.guardians as [Author, Author, Author, Author];
    const three = policyRecord(alice, grid, { version: 2, guardians: [a, b, c], signers: [a, b, c, d] });
    const back = policyRecord(bob, grid, { version: 3, guardians: [a, b, c, d], signers: [a, b, c, d] });
    block([three, back]);
    const verdicts = (height: number) => decodeBlock(first.block(height)).verdicts;
    expect(verdicts(1)).toEqual(['ok', 'guardian/second-policy']);
    expect(follower.info().head?.height).toBe(1);
    const policy = { version: 3, guardians: [a, b, c, d], signers: [a, b, c, d] };
    commitBlock(stores.slice(0, 3), nextProposal(first, [policyRecord(bob, grid, policy)]));
    commitBlock(stores.slice(0, 3), nextProposal(first, [alice.transfer(grid, bob.key, 1n)]));
    catchUp(follower, first);
    expect(verdicts(2)).toEqual(['ok']);
    const receipt = follower.query('receipt', { record: toHex(alice.last) });
    const { guardians } = decode(receipt) as { readonly guardians: readonly unknown[] };
    expect(guardians).toHaveLength(2);
    expect(verifyReceipt(receipt, verifyPortable, grid).verdict).toBe('ok');
    expect(verifyAlone(receipt, grid).verdict).toBe('ok');
  });
});

describe('a policy record', () => {
  it('adds a guardian: it takes office by itself, and signs from the next block on', () => {
    const { founding, stores, joined, fifth, change, block, follower, alice, bob, grid } = setUp();
    expect(joined.store.info().isGuardian).toBe(false);
    expect(codeFrom(() => joined.store.admit([]))).toBe('net/refused');
    change([...founding.guardians, fifth], [...stores, joined.store]);
    expect(joined.offices).toEqual([true]);
    expect(joined.store.situation()).toMatchObject({ role: 'several', head: { height: 1 } });
    expect(joined.store.situation().guardiansBefore).toHaveLength(4);
    expect(joined.store.admit([alice.transfer(grid, bob.key, 1n)])).toEqual([null]);
    // All five are needed below: a quorum of five is four, and one old guardian stays away.
    block([]);
    expect(follower.info()).toMatchObject({ head: { height: 2 }, alarm: null });
  });

  it('removes a guardian: it leaves office by itself, and only follows', () => {
    const { founding, stores, opened, change, block, grid, alice, bob } = setUp();
    const [, , , last] = stores;
    const rest = founding.guardians.slice(0, 3);
    last?.admit([
      alice.writeAt({ grid, seq: 2, prev: new Uint8Array(32) }, 'transfer', { to: bob.key, amountStroops: 1n }),
    ]);
    const letIn = last?.beginAdmit([]);
    change(rest, stores.slice(0, 3));
    expect(opened[3]?.offices).toEqual([false]);
    expect(last?.situation().role).toBe('none');
    expect(codeFrom(() => letIn?.())).toBe('net/refused');
    expect(codeFrom(() => last?.act((acts) => acts.tick(0)))).toBe('guardian/bad-statement');
    block([]);
    expect(last?.info()).toMatchObject({ isGuardian: false, head: { height: 2 }, alarm: null });
  });

  it('of a removed guardian the signature counts no more; nor do those of too few, or one twice', () => {
    const { founding, stores, change, block, follower, first } = setUp();
    const [a, b, c, d] = founding.guardians as [Author, Author, Author, Author];
    change([a, b, c], stores.slice(0, 3));
    commitBlock(stores.slice(0, 3), nextProposal(first, []));
    const next = first.block(2);
    for (const signers of [[a, d], [a], [a, a], [d, b, c], []]) {
      expect(codeFrom(() => follower.apply(signedBy(next, signers)))).toBe('replica/bad-certificate');
    }
    expect(follower.info()).toMatchObject({ head: { height: 1 }, alarm: null });
    expect(follower.apply(signedBy(next, [b, c]))).toBe('applied');
    block([]);
    expect(follower.info().head?.height).toBe(3);
  });

  it('rotates all of them; headers of before are still held against those who signed then', () => {
    const { grid, founding, stores, change, block, follower, first } = setUp();
    const fresh = [0, 1, 2].map((index) => new Author(`fresh ${index}`));
    const opened = fresh.map((author) => storeOf(grid, author));
    for (const { store } of opened) catchUp(store, first);
    change(
      fresh,
      opened.map(({ store }) => store),
    );
    for (const { store } of opened) catchUp(store, first);
    expect(opened.map(({ offices }) => offices)).toEqual([[true], [true], [true]]);
    expect(stores.map((store) => store.info().isGuardian)).toEqual([false, false, false, false]);
    block([]);
    expect(follower.info()).toMatchObject({ head: { height: 2 }, alarm: null });
    // The old ones could not change their minds about height 2, and can prove that they did about height 1.
    const late = signedBy(follower.block(1), founding.guardians, { timeMs: 1_700_000_099_000 });
    expect(codeFrom(() => follower.apply(signedBy(follower.block(2), founding.guardians, { timeMs: 9e12 })))).toBe(
      'replica/bad-certificate',
    );
    expect(codeFrom(() => follower.apply(late))).toBe('replica/forked-head');
  });

  it('makes a grid of one guardian one of three, and of one again', () => {
    const alice = new Author('alice');
    const founding = foundGrid([[alice, 1000n]]);
    const { guardian, grid } = founding;
    const alone = openGuardianStore(founding);
    const others = [new Author('second'), new Author('third')];
    const opened = others.map((author) => storeOf(grid, author));
    const follower = openFollowerStore(founding).store;
    const guardians = [guardian, ...others];
    alone.store.submit([policyRecord(alice, grid, { version: 2, guardians, signers: guardians })]);
    alone.store.cut();
    expect(alone.store.cutInMs()).toBeUndefined();
    const stores = [alone.store, ...opened.map(({ store }) => store)];
    for (const store of [...stores.slice(1), follower]) catchUp(store, alone.store);
    expect(alone.store.situation()).toMatchObject({ role: 'several', head: { height: 1, position: null } });
    const record = policyRecord(alice, grid, { version: 3, guardians: [guardian], signers: guardians });
    commitBlock(stores, nextProposal(alone.store, [record]));
    expect(alone.store.situation().role).toBe('alone');
    alone.store.cut();
    catchUp(follower, alone.store);
    expect(follower.info()).toMatchObject({ head: { height: 3 }, alarm: null });
    expect(opened.map(({ store }) => store.situation().role)).toEqual(['none', 'none']);
  });
});

describe('a header of several guardians', () => {
  const cases: readonly (readonly [string, Partial<Header>])[] = [
    ['without a position', { position: undefined }],
    ['whose position goes back', { position: 0 }],
    ['of a later epoch, without its record', { epoch: 1 }],
    ['of another grid', { grid: new Uint8Array(32) }],
    ['whose time goes back', { timeMs: 5 }],
  ];
  it.each(cases)('%s proves nothing, whoever signed it', (_what, change) => {
    const { founding, stores, first, follower } = setUp();
    commitBlock(stores, nextProposal(first, []));
    expect(codeFrom(() => follower.apply(signedBy(first.block(1), founding.guardians, change)))).toBe(
      'replica/bad-block',
    );
    expect(follower.info()).toMatchObject({ head: { height: 0 }, alarm: null });
    catchUp(follower, first);
  });

  it('of an earlier epoch than is in force proves nothing', () => {
    const { founding, stores, first, follower } = setUp();
    const moves = stores.map((store) => store.act((acts) => acts.move(1)));
    const record = first.act((acts) => acts.epochRecord(1, moves));
    commitBlock(stores, nextProposal(first, [record], { epoch: 1, position: 1 }));
    commitBlock(stores, nextProposal(first, []));
    follower.apply(first.block(1));
    expect(codeFrom(() => follower.apply(signedBy(first.block(2), founding.guardians, { epoch: 0 })))).toBe(
      'replica/bad-block',
    );
    expect(follower.apply(first.block(2))).toBe('applied');
  });

  it('of one guardian has no position', () => {
    const founding = foundGrid([]);
    const { store } = openGuardianStore(founding);
    store.cut();
    const follower = openFollowerStore(founding).store;
    follower.apply(store.block(0));
    expect(codeFrom(() => follower.apply(signedBy(store.block(1), [founding.guardian], { position: 3 })))).toBe(
      'replica/bad-block',
    );
    catchUp(follower, store);
  });
});
