// What a peer's answer about its head tells, and what it proves.

import { describe, expect, it } from 'vitest';
import { Author, seedOf } from '../../../support/bcdb-grid.ts';
import {
  catchUp,
  codeFrom,
  openFollowerStore,
  openGuardianStore,
  twoBlocksAhead,
} from '../../../support/bcdb-store.ts';

describe("a peer's head", () => {
  const nonce = seedOf('nonce');

  it('tells how far the guardian is', () => {
    const { follower, guardian } = twoBlocksAhead();
    expect(follower.judgeHead(guardian.headAnswer(nonce), nonce, 0)).toBe(2);
  });

  it("a guardian's head below ours is a shorter history: forked", () => {
    const { follower, guardian, founding, alarms } = twoBlocksAhead();
    catchUp(follower, guardian);
    const restored = openGuardianStore(founding).store;
    expect(codeFrom(() => follower.judgeHead(restored.headAnswer(nonce), nonce, 2))).toBe('replica/forked-head');
    expect(alarms).toMatchObject([{ code: 'replica/forked-head' }]);
  });

  it('the same answer told again, or by somebody who is no guardian, is no proof of a shorter history', () => {
    const { follower, guardian, founding } = twoBlocksAhead();
    catchUp(follower, guardian);
    const restored = openGuardianStore(founding).store;
    const old = restored.headAnswer(seedOf('older question'));
    expect(follower.judgeHead(old, nonce, 2)).toBe(0);
    const lagging = openFollowerStore(founding).store;
    lagging.apply(guardian.block(0));
    expect(follower.judgeHead(lagging.headAnswer(nonce), nonce, 2)).toBe(0);
    expect(follower.info().alarm).toBeNull();
  });

  it('another certified header at a height that we have: forked', () => {
    const { follower, guardian, founding, alice, bob, grid } = twoBlocksAhead();
    catchUp(follower, guardian);
    const other = openGuardianStore(founding).store;
    other.submit([new Author('alice').transfer(grid, bob.key, 7n)]);
    other.cut();
    expect(alice.seq).toBe(2);
    expect(codeFrom(() => follower.judgeHead(other.headAnswer(nonce), nonce, 2))).toBe('replica/forked-head');
  });

  it('a forged head is refused, and no alarm', () => {
    const { follower, guardian, alarms } = twoBlocksAhead();
    catchUp(follower, guardian);
    const answer = Uint8Array.from(guardian.headAnswer(nonce));
    const at = answer.length - 80;
    answer[at] = (answer[at] ?? 0) ^ 1;
    expect(codeFrom(() => follower.judgeHead(answer, nonce, 2))).toBeDefined();
    expect(alarms).toEqual([]);
  });
});
