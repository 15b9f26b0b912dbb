// A guardian and members as they really run: store workers, net processes, Hyperswarm on loopback.

import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '../../core/bytes.ts';
import { addressOf } from '../../core/keys.ts';
import { Author, type Founding, foundGrid } from '../support/bcdb-grid.ts';
import { createTestGrid, type TestGrid, until } from '../support/bcdb-replicas.ts';

const tft = 10_000_000n;
let grid: TestGrid | undefined;

afterEach(async () => {
  await grid?.end();
  grid = undefined;
});

const nowFounding = (alice: Author): Founding => foundGrid([[alice, 1000n * tft]], { createdMs: Date.now() });

describe('a grid of replicas', () => {
  it("takes a member's record from pending to final, the same everywhere", async () => {
    const alice = new Author('alice');
    const bob = new Author('bob');
    const founding = nowFounding(alice);
    grid = await createTestGrid(founding);
    const guardian = await grid.guardian();
    const member = await grid.member('member', { how: 'join', invitation: await guardian.invitation() });
    expect(member.grid).toEqual(founding.grid);
    await until('the member to be live', () => member.state().state === 'live');

    const record = alice.transfer(founding.grid, bob.key, 5n * tft, 'over the wire');
    expect(await member.submit(record)).toMatchObject({ state: 'pending', seq: 1 });
    expect(await member.settled(toHex(alice.last), 20_000)).toMatchObject({ state: 'final', code: null });

    const height = member.state().head?.height ?? 0;
    await until('the guardian to be as far', () => (guardian.state().head?.height ?? 0) >= height);
    for (const replica of [guardian, member]) {
      expect(await replica.query('account', { address: addressOf(bob.key) })).toMatchObject({ balance: 5n * tft });
    }
    const [ours, theirs] = await Promise.all(
      [guardian, member].map(
        async (replica) => (await replica.query('blocks', { before: height + 1, limit: 50 })).items,
      ),
    );
    expect(ours).toEqual(theirs);
    expect(grid.errors).toEqual([]);
  });
});
