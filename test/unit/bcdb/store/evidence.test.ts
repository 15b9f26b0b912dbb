// Lies leave evidence: both sides' bytes, the first difference, and no more of it than the disk can bear.

import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { Evidence, evidenceReader } from '../../../../bcdb/store/evidence.ts';
import { gridRules } from '../../../../bcdb/store/grid-rules.ts';
import { migrate } from '../../../../bcdb/store/migrations.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { checkCertificate, decodeBlock, decodeHeader, type HeaderSignature } from '../../../../core/block.ts';
import { zero32 } from '../../../../core/bytes.ts';
import { decode } from '../../../../core/cbor.ts';
import { addressOf } from '../../../../core/keys.ts';
import { decodeRecord } from '../../../../core/record.ts';
import { forge } from '../../../support/bcdb-forge.ts';
import { seedOf } from '../../../support/bcdb-grid.ts';
import { commitBlock, nextProposal, sharedWorld } from '../../../support/bcdb-guardians.ts';
import {
  catchUp,
  codeFrom,
  openFollowerStore,
  openGuardianStore,
  twoBlocksAhead,
} from '../../../support/bcdb-store.ts';

const evidenceOf = (store: Store) => store.query('evidence', { limit: 100 }).items;
const proofOf = (bytes: Uint8Array) => decode(bytes) as [Uint8Array, HeaderSignature[]];

describe('G29 an author who signed two records for one seq', () => {
  const at = { seq: 1, prev: zero32 };

  it('is shown with both records by everybody who has the block, and nobody stops for it', () => {
    const { stores, first, alice, bob, grid, founding } = sharedWorld();
    const here = alice.transfer(grid, bob.key, 1n);
    const there = alice.writeAt({ grid, ...at }, 'transfer', { to: bob.key, amountStroops: 2n });
    commitBlock(stores, nextProposal(first, [here, there]));
    const follower = openFollowerStore(founding).store;
    catchUp(follower, first);
    const expected = {
      what: 'author-fork',
      author: addressOf(alice.key),
      seq: 1,
      height: null,
      ours: here,
      theirs: there,
      detail: 'two records for seq 1',
    };
    for (const store of [...stores, follower]) {
      expect(evidenceOf(store)).toMatchObject([expected]);
      expect(store.info().alarm).toBeNull();
    }
  });

  it('is found at the door, while the first record waits and when it stands', () => {
    const { stores, first, alice, bob, grid } = sharedWorld();
    const here = alice.transfer(grid, bob.key, 1n);
    const fork = (seq: number, prev: Uint8Array) =>
      alice.writeAt({ grid, seq, prev }, 'transfer', { to: bob.key, amountStroops: 9n });
    first.admit([here]);
    expect(first.admit([fork(1, zero32)])).toEqual(['record/forked']);
    // With the next block, so that strangers cost no disk of their own.
    expect(evidenceOf(first)).toEqual([]);
    commitBlock(stores, nextProposal(first, [here]));
    expect(evidenceOf(first)).toMatchObject([{ ours: here, theirs: fork(1, zero32) }]);
    const second = alice.transfer(grid, bob.key, 2n);
    commitBlock(stores, nextProposal(first, [second]));
    const late = fork(2, decodeRecord(here).id);
    expect(first.admit([late])).toEqual(['record/forked']);
    commitBlock(stores, nextProposal(first, []));
    expect(evidenceOf(first)).toMatchObject([{ seq: 2, ours: second, theirs: late }, { seq: 1 }]);
    expect(evidenceOf(stores[1] as Store)).toEqual([]);
  });

  it('is no evidence against him when the second one is not signed by him', () => {
    const { stores, first, alice, bob, grid } = sharedWorld();
    first.admit([alice.transfer(grid, bob.key, 1n)]);
    const forged = alice.writeAt({ grid, ...at }, 'transfer', { to: bob.key, amountStroops: 2n });
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    expect(first.admit([forged])).toEqual(['record/bad-signature']);
    commitBlock(stores, nextProposal(first, [forged]));
    expect(evidenceOf(first)).toEqual([]);
  });

  it('on his own other machine: the pending record that lost is kept beside the one that stands', () => {
    const { stores, first, alice, bob, grid, founding } = sharedWorld();
    const laptop = openFollowerStore(founding);
    catchUp(laptop.store, first);
    const mine = alice.writeAt({ grid, ...at }, 'transfer', { to: bob.key, amountStroops: 2n });
    expect(laptop.store.submit([mine])).toMatchObject([{ view: { state: 'pending' } }]);
    const other = alice.transfer(grid, bob.key, 1n);
    commitBlock(stores, nextProposal(first, [other]));
    catchUp(laptop.store, first);
    expect(laptop.outbox).toMatchObject([{ state: 'rejected', code: 'record/forked' }]);
    expect(evidenceOf(laptop.store)).toMatchObject([{ seq: 1, ours: other, theirs: mine }]);
    const again = alice.writeAt({ grid, ...at }, 'transfer', { to: bob.key, amountStroops: 3n });
    expect(laptop.store.submit([again])).toMatchObject([{ error: { code: 'record/forked' } }]);
  });
});

describe('evidence of a lie about the history', () => {
  it('two certified headers at one height: both, each with its certificate', () => {
    const { follower, guardian, author, alice, bob, grid } = twoBlocksAhead();
    catchUp(follower, guardian);
    const other = forge(guardian.block(2), author, { records: [alice.transfer(grid, bob.key, 9n)] });
    expect(codeFrom(() => follower.apply(other))).toBe('replica/forked-head');
    const [found, ...more] = evidenceOf(follower);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      what: 'two-headers',
      height: 2,
      detail: expect.stringContaining('record 0 differs'),
    });
    for (const bytes of [found?.ours, found?.theirs]) {
      const [header, certificate] = proofOf(bytes ?? new Uint8Array(0));
      expect(decodeHeader(header).height).toBe(2);
      expect(() => checkCertificate(header, certificate, [author.key], verifySodium)).not.toThrow();
    }
  });

  it('a block on another history, and a head that was told of', () => {
    const { follower, guardian, author } = twoBlocksAhead();
    const other = forge(guardian.block(1), author, { header: { prev: seedOf('other history') } });
    expect(codeFrom(() => follower.apply(other))).toBe('replica/forked-head');
    expect(evidenceOf(follower)).toMatchObject([{ what: 'two-headers', height: 0 }]);
    const second = twoBlocksAhead();
    catchUp(second.follower, second.guardian);
    const lie = decodeBlock(forge(second.guardian.block(1), second.author, { header: { timeMs: 1_700_000_000_001 } }));
    const told = { header: lie.headerBytes, certificate: [...lie.certificate] };
    expect(codeFrom(() => second.follower.judgeTold(told))).toBe('replica/forked-head');
    expect(evidenceOf(second.follower)).toMatchObject([{ what: 'two-headers', height: 1 }]);
  });

  it('a divergence: our header beside the one that was certified, and the first difference', () => {
    const { follower, guardian, author } = twoBlocksAhead();
    const block = forge(guardian.block(1), author, { header: { execHash: seedOf('other state') } });
    expect(codeFrom(() => follower.apply(block))).toBe('replica/diverged');
    const [found] = evidenceOf(follower);
    expect(found).toMatchObject({ what: 'divergence', height: 1, detail: expect.stringContaining('other state') });
    const [ours, none] = proofOf(found?.ours ?? new Uint8Array(0));
    expect([decodeHeader(ours), none]).toEqual([decodeBlock(guardian.block(1)).header, []]);
    const [theirs] = proofOf(found?.theirs ?? new Uint8Array(0));
    expect(decodeHeader(theirs).execHash).toEqual(seedOf('other state'));
  });

  it('a divergence of verdicts names the record; a defect of our rules is one too', () => {
    const { follower, guardian, author } = twoBlocksAhead();
    const block = forge(guardian.block(1), author, { verdicts: ['money/insufficient'] });
    expect(codeFrom(() => follower.apply(block))).toBe('replica/diverged');
    expect(evidenceOf(follower)).toMatchObject([{ detail: 'record 0 of block 1: ok here, money/insufficient there' }]);
    const world = twoBlocksAhead();
    const rules = {
      ...gridRules,
      executeRecord: () => {
        throw new TypeError('a defect');
      },
    };
    const broken = openFollowerStore(world.founding, { rules }).store;
    broken.apply(world.guardian.block(0));
    expect(codeFrom(() => broken.apply(world.guardian.block(1)))).toBe('replica/diverged');
    expect(evidenceOf(broken)).toMatchObject([{ what: 'divergence', ours: new Uint8Array(0) }]);
  });

  it("a guardian's shorter history: our head and its answer", () => {
    const { follower, guardian, founding } = twoBlocksAhead();
    catchUp(follower, guardian);
    const nonce = seedOf('nonce');
    const answer = openGuardianStore(founding).store.heads.answer(nonce, { net: seedOf('net'), feed: null });
    expect(codeFrom(() => follower.judgeHead(answer, nonce, 2, seedOf('net')))).toBe('replica/forked-head');
    expect(evidenceOf(follower)).toMatchObject([{ what: 'shorter-history', height: 2, theirs: answer }]);
  });

  it('is not made by what proves nothing, and kept once', () => {
    const { follower, guardian, alice } = twoBlocksAhead();
    expect(codeFrom(() => follower.apply(forge(guardian.block(1), alice, {})))).toBe('replica/bad-certificate');
    expect(evidenceOf(follower)).toEqual([]);
  });
});

describe('the store of evidence', () => {
  function open() {
    const db = new Database(':memory:');
    migrate(db);
    return { evidence: new Evidence(db, () => 5), list: evidenceReader(db), db };
  }
  const fork = (name: string, seq: number, size = 10) => ({
    author: seedOf(name),
    seq,
    ours: new Uint8Array(size),
    theirs: new Uint8Array(size).fill(1),
  });

  it('keeps the first four places of an author, earlier ones before later ones', () => {
    const { evidence, list } = open();
    for (const seq of [9, 8, 7, 6, 5, 9]) evidence.fork(fork('alice', seq));
    evidence.flush();
    for (const seq of [20, 2, 5]) evidence.fork(fork('alice', seq));
    evidence.flush();
    expect(
      list({ limit: 9 })
        .items.map(({ seq }) => seq ?? 0)
        .toSorted((a, b) => a - b),
    ).toEqual([2, 5, 6, 7]);
  });

  it('keeps no more than a thousand forks, and 32 MiB of them, the newest', () => {
    const { evidence, list, db } = open();
    for (let index = 0; index < 1300; index++) {
      evidence.fork(fork(`author ${index}`, 1));
      if (index % 100 === 99) evidence.flush();
    }
    expect(db.prepare('SELECT count(*) FROM evidence').pluck().get()).toBe(1000);
    for (let index = 0; index < 100; index++) {
      evidence.fork(fork(`large ${index}`, 1, 250_000));
      if (index % 20 === 19) evidence.flush();
    }
    const bytes = db.prepare('SELECT sum(length(ours) + length(theirs)) FROM evidence').pluck().get();
    expect(bytes).toBeLessThanOrEqual(32 * 1024 * 1024);
    expect(list({ limit: 1 }).items).toMatchObject([{ author: addressOf(seedOf('large 99')) }]);
  });

  it('keeps no more than 256 pairs of statements, of however many guardians', () => {
    const { evidence, list, db } = open();
    const pair = { height: 1, ours: new Uint8Array(9), theirs: new Uint8Array(9) };
    for (let index = 0; index < 300; index++) {
      evidence.statements({ ...pair, author: seedOf(`guardian ${index}`), detail: 'two prepares' });
    }
    expect(db.prepare('SELECT count(*) FROM evidence').pluck().get()).toBe(256);
    expect(list({ limit: 1 }).items).toMatchObject([{ author: addressOf(seedOf('guardian 299')) }]);
  });

  it('holds no more than 256 that wait for a block', () => {
    const { evidence, db } = open();
    for (let index = 0; index < 1000; index++) evidence.fork(fork(`author ${index}`, 1));
    evidence.flush();
    expect(db.prepare('SELECT count(*) FROM evidence').pluck().get()).toBe(256);
  });

  it('answers page by page, newest first, and keeps the same proof once', () => {
    const { evidence, list } = open();
    const proof = { what: 'two-headers', author: null, seq: null, theirs: seedOf('b'), detail: '' } as const;
    for (const height of [1, 2, 3, 3]) evidence.keep({ ...proof, height, ours: seedOf('a') });
    const page = list({ limit: 2 });
    expect(page.items.map(({ height }) => height)).toEqual([3, 2]);
    const rest = list({ limit: 2, after: page.next ?? '' });
    expect([rest.items.map(({ height }) => height), rest.next]).toEqual([[1], null]);
  });
});
