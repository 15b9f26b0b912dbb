// What a peer's answer about its head tells, and what it proves.

import { describe, expect, it } from 'vitest';
import { toHex } from '../../../../core/bytes.ts';
import { decode, encode } from '../../../../core/cbor.ts';
import { Author, foundGrid, seedOf } from '../../../support/bcdb-grid.ts';
import {
  catchUp,
  codeFrom,
  openFollowerStore,
  openGuardianStore,
  twoBlocksAhead,
} from '../../../support/bcdb-store.ts';

describe("a peer's head", () => {
  const nonce = seedOf('nonce');
  const self = { net: seedOf('net'), feed: null };

  it('tells how far the guardian is', () => {
    const { follower, guardian, founding } = twoBlocksAhead();
    expect(follower.judgeHead(guardian.heads.answer(nonce, self), nonce, 0, self.net)).toEqual({
      height: 2,
      isProven: true,
      feed: null,
      guardian: toHex(founding.guardian.key),
    });
  });

  it("a guardian's head below ours is a shorter history: forked", () => {
    const { follower, guardian, founding, alarms } = twoBlocksAhead();
    catchUp(follower, guardian);
    const restored = openGuardianStore(founding).store;
    expect(codeFrom(() => follower.judgeHead(restored.heads.answer(nonce, self), nonce, 2, self.net))).toBe(
      'replica/forked-head',
    );
    expect(alarms).toMatchObject([{ code: 'replica/forked-head' }]);
  });

  it('the same answer told again, or by another transport key, is refused, and no proof of a shorter history', () => {
    const { follower, guardian, founding } = twoBlocksAhead();
    catchUp(follower, guardian);
    const restored = openGuardianStore(founding).store;
    const old = restored.heads.answer(seedOf('older question'), self);
    expect(codeFrom(() => follower.judgeHead(old, nonce, 2, self.net))).toBe('replica/bad-certificate');
    const relayed = restored.heads.answer(nonce, self);
    expect(codeFrom(() => follower.judgeHead(relayed, nonce, 2, seedOf('relay')))).toBe('replica/bad-certificate');
    expect(follower.info().alarm).toBeNull();
  });

  it('somebody who is no guardian speaks for none, and proves no shorter history', () => {
    const { follower, guardian, founding } = twoBlocksAhead();
    catchUp(follower, guardian);
    const lagging = openFollowerStore(founding).store;
    lagging.apply(guardian.block(0));
    const feed = seedOf('its feed');
    expect(follower.judgeHead(lagging.heads.answer(nonce, { ...self, feed }), nonce, 2, self.net)).toEqual({
      height: 0,
      isProven: true,
      feed,
      guardian: null,
    });
    expect(follower.info().alarm).toBeNull();
  });

  it('a guardian that may be taking back what it lost proves who it is, but no shorter history', () => {
    const { follower, guardian, founding } = twoBlocksAhead();
    catchUp(follower, guardian);
    const starting = openGuardianStore(founding).store;
    const told = follower.judgeHead(starting.heads.answer(nonce, self, false), nonce, 2, self.net);
    expect(told).toMatchObject({ height: 0, guardian: toHex(founding.guardian.key) });
  });

  it('a head above ours that no quorum of our guardians signed is hearsay', () => {
    const { follower, guardian, founding } = twoBlocksAhead();
    const other = foundGrid([], { name: 'other guardians' });
    const stranger = openGuardianStore(other).store;
    stranger.cut();
    const answer = decode(guardian.heads.answer(nonce, self)) as Record<string, unknown>;
    const theirs = decode(stranger.heads.answer(nonce, self)) as Record<string, unknown>;
    const forged = encode({ ...answer, certificate: theirs['certificate'], claim: null });
    expect(follower.judgeHead(forged, nonce, 0, self.net)).toMatchObject({
      height: 2,
      isProven: false,
      guardian: null,
    });
    expect(founding.grid).not.toEqual(other.grid);
    expect(codeFrom(() => follower.judgeHead(stranger.heads.answer(nonce, self), nonce, 0, self.net))).toBe(
      'replica/bad-block',
    );
  });

  it('another certified header at a height that we have: forked', () => {
    const { follower, guardian, founding, alice, bob, grid } = twoBlocksAhead();
    catchUp(follower, guardian);
    const other = openGuardianStore(founding).store;
    other.submit([new Author('alice').transfer(grid, bob.key, 7n)]);
    other.cut();
    expect(alice.seq).toBe(2);
    expect(codeFrom(() => follower.judgeHead(other.heads.answer(nonce, self), nonce, 2, self.net))).toBe(
      'replica/forked-head',
    );
  });

  it('with any byte changed, an answer is refused or says nothing that it did not say before, and raises no alarm', () => {
    const { follower, guardian, alarms } = twoBlocksAhead();
    catchUp(follower, guardian);
    const answer = guardian.heads.answer(nonce, self);
    const honest = follower.judgeHead(answer, nonce, 2, self.net);
    let refused = 0;
    for (let at = 0; at < answer.length; at++) {
      const forged = answer.with(at, (answer[at] ?? 0) ^ 1);
      const code = codeFrom(() => expect(follower.judgeHead(forged, nonce, 2, self.net)).toEqual(honest));
      if (code !== undefined) refused += 1;
    }
    expect(alarms).toEqual([]);
    expect(refused).toBeGreaterThan(answer.length / 2);
  });
});
