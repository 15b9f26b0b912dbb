// A guardian that signed two statements: whoever sees both keeps both, and goes on.

import { describe, expect, it } from 'vitest';
import type { Store } from '../../../../bcdb/store/store.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { decodeBlock, encodeBlock } from '../../../../core/block.ts';
import { toHex } from '../../../../core/bytes.ts';
import { decode, encode } from '../../../../core/cbor.ts';
import { addressOf, verifyPortable } from '../../../../core/keys.ts';
import { verifyTwoStatements } from '../../../../core/proofs-statements.ts';
import { checkTwoStatements } from '../../../../core/two-statements.ts';
import { NotProven } from '../../../../scripts/verifier/shapes.mjs';
import { verifyTwoStatements as verifyAlone } from '../../../../scripts/verifier/statements.mjs';
import { type Author, seedOf } from '../../../support/bcdb-grid.ts';
import { commitBlock, nextProposal, policyRecord, sharedWorld } from '../../../support/bcdb-guardians.ts';
import { catchUp, codeFrom, openFollowerStore } from '../../../support/bcdb-store.ts';
import { commitOf, moveOf, otherHeader, prepareOf, signatureOf } from '../../../support/two-statements.ts';

const codeOfAlone = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof NotProven ? error.code : String(error);
  }
  return 'ok';
};
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

  it('is a file that proves it from the grid alone, to the app and to the verifier of its own', () => {
    const { stores, first, alice, founding, grid, bob } = sharedWorld();
    const [a, b, c, d] = founding.guardians as [Author, Author, Author, Author];
    commitBlock(
      stores,
      nextProposal(first, [policyRecord(alice, grid, { version: 2, guardians: [a, b, c], signers: [a, b, c, d] })]),
    );
    commitBlock(stores.slice(0, 3), nextProposal(first, [alice.transfer(grid, bob.key, 1n)]));
    const { headerBytes } = decodeBlock(first.block(2));
    const lock = { epoch: 1, header: otherHeader(headerBytes), prepares: [] };
    const pairs = [
      [prepareOf(b, headerBytes), prepareOf(b, otherHeader(headerBytes))],
      [commitOf(b, headerBytes, 3), commitOf(b, otherHeader(headerBytes), 3)],
      [moveOf(b, decodeBlock(first.block(1)).headerBytes, { epoch: 4, lock }), commitOf(b, headerBytes, 1)],
      [
        moveOf(b, decodeBlock(first.block(1)).headerBytes, { epoch: 9, lock }),
        moveOf(b, decodeBlock(first.block(1)).headerBytes, { epoch: 9, lock: null }),
      ],
    ] as const;
    for (const [one, other] of pairs) first.accuse(one, other);
    const items = evidenceOf(first);
    expect(items).toHaveLength(4);
    for (const { position, detail } of items) {
      const file = first.query('twoStatements', { position });
      const proven = { grid, guardian: b.key, height: 2 };
      expect(verifyTwoStatements(file, verifyPortable, grid)).toEqual({ ...proven, detail });
      const alone = verifyAlone(file, grid);
      expect([toHex(alone.grid), toHex(alone.guardian), alone.height]).toEqual([toHex(grid), toHex(b.key), 2]);
      expect(codeFrom(() => verifyTwoStatements(file, verifyPortable, seedOf('another grid')))).toBe(
        'proof/wrong-grid',
      );
      expect(() => verifyAlone(file, seedOf('another grid'))).toThrow('proof/wrong-grid');
    }
    expect(codeFrom(() => first.query('twoStatements', { position: 99 }))).toBe('replica/not-found');

    const file = decode(first.query('twoStatements', { position: items[0]?.position ?? 0 })) as Record<string, unknown>;
    const two = (author: Author, epoch = 0) => ({
      ours: prepareOf(author, headerBytes, epoch),
      theirs: prepareOf(author, otherHeader(headerBytes), epoch),
    });
    const spoiled = prepareOf(b, otherHeader(headerBytes));
    const lies: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ theirs: file['ours'] }, 'proof/malformed'],
      [{ theirs: new Uint8Array(3) }, 'proof/malformed'],
      [{ more: 1 }, 'proof/malformed'],
      [
        { ours: prepareOf(b, headerBytes), theirs: spoiled.with(spoiled.length - 1, (spoiled.at(-1) ?? 0) ^ 1) },
        'proof/bad-signature',
      ],
      // One who left office in the block below, as the link shows, and a stranger.
      [two(d), 'proof/bad-certificate'],
      [two(alice), 'proof/bad-certificate'],
      [{ ...two(b), guardians: [] }, 'ok'],
      [{ ...two(d), guardians: [] }, 'ok'],
    ];
    for (const [lie, code] of lies) {
      const bytes = encode({ ...file, ...lie });
      expect(codeFrom(() => verifyTwoStatements(bytes, verifyPortable, grid)) ?? 'ok').toBe(code);
      expect(codeOfAlone(() => verifyAlone(bytes, grid))).toBe(code);
    }
  });

  it('is judged alike by both verifiers, byte by byte', () => {
    const { first, liar, headerBytes, rival, grid } = world();
    first.accuse(commitOf(liar, headerBytes), commitOf(liar, rival));
    const file = first.query('twoStatements', { position: evidenceOf(first)[0]?.position ?? 0 });
    let refused = 0;
    for (let at = 0; at < file.length; at += 3) {
      const bytes = file.with(at, (file[at] ?? 0) ^ 1);
      const code = codeFrom(() => verifyTwoStatements(bytes, verifyPortable, grid)) ?? 'ok';
      expect([at, codeOfAlone(() => verifyAlone(bytes, grid))]).toEqual([at, code]);
      if (code !== 'ok') refused += 1;
    }
    expect(refused).toBeGreaterThan(file.length / 6);
  });
});
