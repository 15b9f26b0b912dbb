// A guardian that signed two statements: whoever sees both keeps both, and goes on.

import { describe, expect, it } from 'vitest';
import type { Store } from '../../../../bcdb/store/store.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { decodeBlock, encodeBlock } from '../../../../core/block.ts';
import { addressOf } from '../../../../core/keys.ts';
import { checkTwoStatements } from '../../../../core/two-statements.ts';
import { commitBlock, nextProposal, sharedWorld } from '../../../support/bcdb-guardians.ts';
import { catchUp, codeFrom, openFollowerStore } from '../../../support/bcdb-store.ts';
import { otherHeader, prepareOf, signatureOf } from '../../../support/two-statements.ts';

const evidenceOf = (store: Store) => store.query('evidence', { limit: 100 }).items;

describe('a guardian that signed two statements', () => {
  const height = 1;
  /** Four guardians with one block on top of the genesis', and another header of that block. */
  function world() {
    const shared = sharedWorld();
    commitBlock(shared.stores, nextProposal(shared.first, [shared.alice.transfer(shared.grid, shared.bob.key, 1n)]));
    const { headerBytes } = decodeBlock(shared.first.block(height));
    const follower = openFollowerStore(shared.founding);
    catchUp(follower.store, shared.first);
    const [liar = shared.alice] = shared.founding.guardians;
    return {
      ...shared,
      follower: follower.store,
      alarms: follower.alarms,
      liar,
      headerBytes,
      rival: otherHeader(headerBytes),
    };
  }

  it('is kept with both, once, by whoever is told of them, and stops nobody', () => {
    const { first, follower, alarms, liar, headerBytes, rival, grid } = world();
    const [ours, theirs] = [prepareOf(liar, headerBytes), prepareOf(liar, rival)];
    for (const store of [first, follower]) {
      store.accuse(ours, theirs);
      store.accuse(theirs, ours);
      const [found, ...more] = evidenceOf(store);
      expect(more).toEqual([]);
      const detail = 'two prepares at height 1, epoch 0';
      expect(found).toMatchObject({ what: 'two-statements', author: addressOf(liar.key), seq: null, height, detail });
      expect(checkTwoStatements(found?.ours ?? ours, found?.theirs ?? ours, { grid, verify: verifySodium })).toEqual({
        guardian: liar.key,
        height,
        detail,
      });
    }
    expect(alarms).toEqual([]);
  });

  it('is shown by a header that is not certified, against the certificate that we have', () => {
    const { follower, alarms, liar, rival } = world();
    const told = { header: rival, certificate: [signatureOf(liar, rival)] };
    expect(codeFrom(() => follower.judgeTold(told))).toBe('replica/bad-certificate');
    const expected = [{ what: 'two-statements', author: addressOf(liar.key), height }];
    expect(evidenceOf(follower)).toMatchObject(expected);
    const second = world();
    const block = { ...decodeBlock(second.first.block(height)), headerBytes: rival, certificate: told.certificate };
    expect(codeFrom(() => second.follower.apply(encodeBlock(block)))).toBe('replica/bad-certificate');
    expect(evidenceOf(second.follower)).toMatchObject(expected);
    expect([...alarms, ...second.alarms]).toEqual([]);
  });

  it('is not made of what somebody else signed, of keys that are no guardians, and of statements that agree', () => {
    const { follower, liar, alice, headerBytes, rival, founding } = world();
    const bad = 'guardian/bad-statement';
    const [one, other = liar] = founding.guardians;
    expect(codeFrom(() => follower.accuse(prepareOf(alice, headerBytes), prepareOf(alice, rival)))).toBe(bad);
    expect(codeFrom(() => follower.accuse(prepareOf(liar, headerBytes), prepareOf(other, rival)))).toBe(bad);
    expect(codeFrom(() => follower.accuse(prepareOf(liar, headerBytes), prepareOf(liar, headerBytes)))).toBe(bad);
    const stolen = { ...signatureOf(other, rival), guardian: one?.key ?? other.key };
    for (const by of [stolen, signatureOf(alice, rival)]) {
      const told = { header: rival, certificate: [by, by, by] };
      expect(codeFrom(() => follower.judgeTold(told))).toBe('replica/bad-certificate');
    }
    expect(evidenceOf(follower)).toEqual([]);
  });

  it('is kept four times, and costs no more disk however much it lies', () => {
    const { follower, liar, headerBytes } = world();
    const before = prepareOf(liar, headerBytes);
    for (let epoch = 0; epoch < 300; epoch++) {
      follower.accuse(prepareOf(liar, headerBytes, epoch), prepareOf(liar, otherHeader(headerBytes), epoch));
      follower.accuse(before, prepareOf(liar, otherHeader(headerBytes, { timeMs: epoch })));
    }
    expect(evidenceOf(follower).map(({ detail }) => detail)).toEqual(
      [3, 2, 1, 0].map((epoch) => `two prepares at height 1, epoch ${epoch}`),
    );
  });
});
