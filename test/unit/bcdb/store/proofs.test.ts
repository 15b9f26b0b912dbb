// What a store proves: receipts over changes of guardians, headers, consistency; and what it makes of heads it is told.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Store } from '../../../../bcdb/store/store.ts';
import { signSodium, verifySodium } from '../../../../bcdb/verify.ts';
import { decodeBlock } from '../../../../core/block.ts';
import { toHex } from '../../../../core/bytes.ts';
import { decode } from '../../../../core/cbor.ts';
import { policyChangeBytes } from '../../../../core/guardian.ts';
import { defaultPolicy } from '../../../../core/policy.ts';
import { type CertifiedHead, verifyConsistencyProof, verifyHeaderProof } from '../../../../core/proofs-history.ts';
import { verifyReceipt } from '../../../../core/receipt.ts';
import { forge } from '../../../support/bcdb-forge.ts';
import { Author, foundGrid } from '../../../support/bcdb-grid.ts';
import {
  catchUp,
  codeFrom,
  openFollowerStore,
  openGuardianStore,
  openTestStore,
  twoBlocksAhead,
} from '../../../support/bcdb-store.ts';

/** A grid of one guardian that hands its office to another one at height 2, and to a third one at height 4. */
function changingGrid(folder = ':memory:') {
  const alice = new Author('alice');
  const founding = foundGrid([[alice, 1_000_000_000n]]);
  const { guardian: first, grid } = founding;
  const [second, third] = [new Author('second guardian'), new Author('third guardian')];
  const join = ({ seed }: Author) => openTestStore({ how: 'join', grid }, { guardianSeed: seed }).store;
  const offices = new Map([
    [first, openGuardianStore(founding).store],
    [second, join(second)],
    [third, join(third)],
  ]);
  const follower = openFollowerStore(founding, { folder });
  const transfers: Uint8Array[] = [];
  let [now, version] = [first, 1];

  const office = (): Store => offices.get(now) ?? follower.store;
  const spread = (): void => {
    for (const store of [...offices.values(), follower.store]) if (store !== office()) catchUp(store, office());
  };
  const write = (...records: readonly Uint8Array[]): void => {
    office().submit(records);
    office().cut();
    spread();
  };
  const transfer = (): void => {
    write(alice.transfer(grid, first.key, 5n));
    transfers.push(alice.last);
  };
  const handOver = (next: Author): void => {
    version += 1;
    const change = { policy: { ...defaultPolicy, version }, guardians: [next.key], seats: [] };
    const message = policyChangeBytes({ grid, ...change });
    const signatures = [now, next].map(({ key, seed }) => ({ guardian: key, signature: signSodium(seed, message) }));
    const policy = alice.write(grid, 'policy', { ...change, signatures });
    // Somebody else's record stands behind it in the block.
    write(policy, alice.transfer(grid, first.key, 1n));
    now = next;
  };

  spread();
  transfer();
  handOver(second);
  transfer();
  handOver(third);
  transfer();
  return { grid, founding, follower, transfers, first, third, transfer, handOver };
}

describe('receipts over changes of guardians', () => {
  test('each is proved from the genesis alone, with the links that it needs and no more', () => {
    const { grid, follower, transfers } = changingGrid();
    const proven = transfers.map((id) =>
      verifyReceipt(follower.store.query('receipt', { record: toHex(id) }), verifySodium, grid),
    );
    expect(proven.map(({ header, verdict }) => [header.height, verdict])).toEqual([
      [1, 'ok'],
      [3, 'ok'],
      [5, 'ok'],
    ]);
    const tied = transfers.map((id) => follower.store.query('receipt', { record: toHex(id), head: 5 }));
    const heads = tied.map((bytes) =>
      verifyReceipt(bytes, verifySodium, grid).heads.map(({ header }) => header.height),
    );
    expect(heads).toEqual([[1, 5], [3, 5], [5]]);
  });

  test('a policy that leaves the guardians in office needs no link', () => {
    const { grid, follower, transfers, third, transfer, handOver } = changingGrid();
    handOver(third);
    transfer();
    const receipt = follower.store.query('receipt', { record: toHex(transfers.at(-1) ?? grid) });
    expect(verifyReceipt(receipt, verifySodium, grid).header.height).toBe(7);
    expect((decode(receipt) as { guardians: readonly unknown[] }).guardians).toHaveLength(2);
  });

  test('all header and consistency proofs hold, also after a restart', () => {
    const folder = mkdtempSync(join(tmpdir(), 'proofs-'));
    const { grid, follower } = changingGrid(folder);
    const first = follower.store.query('consistency', { from: 1 });
    follower.store.close();
    const { store } = openTestStore({ how: 'open' }, { folder });
    expect(toHex(store.query('consistency', { from: 1 }))).toBe(toHex(first));
    for (let to = 0; to <= 5; to++) {
      for (let from = 0; from <= to; from++) {
        const proven = verifyConsistencyProof(store.query('consistency', { from, to }), verifySodium, grid);
        expect([proven.from.header.height, proven.to.header.height]).toEqual([from, to]);
        if (from === to) continue;
        const below = verifyHeaderProof(store.query('headerProof', { height: from, head: to }), verifySodium, grid);
        expect(below.header.header.height).toBe(from);
      }
    }
    store.close();
  });

  test('what is not there is refused with a code', () => {
    const { follower } = changingGrid();
    const { store } = follower;
    expect(codeFrom(() => store.query('certifiedHead', { height: 6 }))).toBe('replica/not-executed-yet');
    expect(codeFrom(() => store.query('consistency', { from: 0, to: 6 }))).toBe('replica/not-executed-yet');
    expect(codeFrom(() => store.query('consistency', { from: 3, to: 2 }))).toBe('replica/not-found');
    expect(codeFrom(() => store.query('headerProof', { height: 5 }))).toBe('replica/not-found');
    expect(codeFrom(() => store.query('receipt', { record: '00'.repeat(32) }))).toBe('replica/not-found');
  });
});

describe('a head that somebody tells of', () => {
  const headOf = (block: Uint8Array): CertifiedHead => {
    const { headerBytes, certificate } = decodeBlock(block);
    return { header: headerBytes, certificate: [...certificate] };
  };
  const timeMs = 1_700_000_500_000;

  test('that is ours is the same; one above ours is awaited, and agrees when we are there', () => {
    const { guardian, follower, alarms } = twoBlocksAhead();
    expect(follower.judgeTold(headOf(guardian.block(0)))).toBe('same');
    expect(follower.judgeTold(headOf(guardian.block(2)))).toBe('ahead');
    catchUp(follower, guardian);
    expect(follower.judgeTold(headOf(guardian.block(2)))).toBe('same');
    expect(alarms).toEqual([]);
  });

  test('that a quorum signed and that is not ours stops the store, for good', () => {
    const { guardian, follower, author, alarms } = twoBlocksAhead();
    catchUp(follower, guardian);
    const other = headOf(forge(guardian.block(1), author, { header: { timeMs } }));
    expect(codeFrom(() => follower.judgeTold(other))).toBe('replica/forked-head');
    expect(alarms.map((alarm) => alarm?.code)).toEqual(['replica/forked-head']);
    expect(codeFrom(() => follower.submit([]))).toBe('replica/forked-head');
  });

  test('that was above ours and turns out to be another history raises the alarm when we are there', () => {
    const { guardian, follower, author, alarms } = twoBlocksAhead();
    const other = headOf(forge(guardian.block(2), author, { header: { timeMs } }));
    expect(follower.judgeTold(other)).toBe('ahead');
    follower.apply(guardian.block(1));
    expect(alarms).toEqual([]);
    follower.apply(guardian.block(2));
    expect(alarms.map((alarm) => alarm?.code)).toEqual(['replica/forked-head']);
  });

  test('two that contradict each other above our head raise it at once', () => {
    const { guardian, follower, author } = twoBlocksAhead();
    expect(follower.judgeTold(headOf(guardian.block(2)))).toBe('ahead');
    const other = headOf(forge(guardian.block(2), author, { header: { timeMs } }));
    expect(codeFrom(() => follower.judgeTold(other))).toBe('replica/forked-head');
  });

  test('that proves nothing changes nothing: no guardian signed it, or it is of another grid', () => {
    const { guardian, follower, alice, alarms } = twoBlocksAhead();
    catchUp(follower, guardian);
    const forged = headOf(forge(guardian.block(1), alice, { header: { timeMs } }));
    expect(codeFrom(() => follower.judgeTold(forged))).toBe('replica/bad-certificate');
    const above = headOf(forge(guardian.block(2), alice, { header: { height: 9, timeMs } }));
    expect(follower.judgeTold(above)).toBe('unproven');
    const elsewhere = openGuardianStore(foundGrid([], { name: 'another grid' })).store;
    expect(codeFrom(() => follower.judgeTold(headOf(elsewhere.block(0))))).toBe('record/wrong-grid');
    expect(codeFrom(() => follower.judgeTold({ header: Uint8Array.of(1), certificate: [] }))).toBe('replica/bad-block');
    expect(alarms).toEqual([]);
  });

  test('is kept over a restart; strangers cannot fill the place, and no more than eight are kept', () => {
    const folder = mkdtempSync(join(tmpdir(), 'told-'));
    const { guardian, author, founding } = twoBlocksAhead();
    const before = openFollowerStore(founding, { folder }).store;
    before.apply(guardian.block(0));
    expect(before.judgeTold(headOf(forge(guardian.block(1), author, { header: { timeMs } })))).toBe('ahead');
    for (let height = 2; height < 30; height++) {
      expect(before.judgeTold(headOf(forge(guardian.block(2), author, { header: { height } })))).toBe('ahead');
    }
    expect((before.upkeep.recall('told-heads') ?? new Uint8Array(0)).length).toBeLessThan(8 * 1024);
    before.close();
    const after = openTestStore({ how: 'open' }, { folder });
    after.store.apply(guardian.block(1));
    expect(after.alarms.map((alarm) => alarm?.code)).toEqual(['replica/forked-head']);
    after.store.close();
  });

  test('of those who were guardians then is judged by who they were', () => {
    const { follower, first } = changingGrid();
    const early = follower.store.query('certifiedHead', { height: 1 });
    expect(follower.store.judgeTold(early)).toBe('same');
    const late = follower.store.block(5);
    const byTheFirst = headOf(forge(late, first, { header: { timeMs } }));
    expect(codeFrom(() => follower.store.judgeTold(byTheFirst))).toBe('replica/bad-certificate');
    const lie = headOf(forge(follower.store.block(1), first, { header: { timeMs } }));
    expect(codeFrom(() => follower.store.judgeTold(lie))).toBe('replica/forked-head');
  });
});
