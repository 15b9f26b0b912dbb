// A guardian and members as they really run: store workers, net processes, Hyperswarm on loopback.

import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
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
      [guardian, member].map(async (replica) => (await replica.query('blocks', { from: height, limit: 50 })).items),
    );
    expect(ours).toEqual(theirs);
    expect(grid.errors).toEqual([]);
  });

  it('keeps what was handed in while no guardian was there, and carries it over when one is, after restarts of both', async () => {
    const alice = new Author('alice');
    const bob = new Author('bob');
    const founding = nowFounding(alice);
    grid = await createTestGrid(founding);
    const guardian = await grid.guardian();
    const invitation = await guardian.invitation();
    const member = await grid.member('member', { how: 'join', invitation });
    await until('the member to be live', () => member.state().state === 'live');
    await guardian.close();
    await until('the member to be offline', () => member.state().state === 'offline');
    const records = [1n, 2n, 3n].map((amount) => alice.transfer(founding.grid, bob.key, amount * tft));
    for (const record of records) expect(await member.submit(record)).toMatchObject({ state: 'pending' });
    expect(member.state().pendingCount).toBe(3);
    await member.close();

    const again = await grid.member('member', { how: 'open' });
    expect(again.state()).toMatchObject({ pendingCount: 3, isGuardian: false });
    const back = await grid.guardian({ how: 'open' });
    expect(await back.invitation()).toBe(invitation);
    expect(await again.settled(toHex(alice.last), 30_000)).toMatchObject({ state: 'final', seq: 3 });
    expect(await back.query('account', { address: addressOf(bob.key) })).toMatchObject({ balance: 6n * tft });
    expect((await again.query('outbox', { limit: 10 })).map(({ state }) => state)).toEqual(['final', 'final', 'final']);
  });

  it('tells a member what the guardian refuses, with its code', async () => {
    const alice = new Author('alice');
    const founding = nowFounding(alice);
    grid = await createTestGrid(founding);
    const guardian = await grid.guardian();
    const member = await grid.member('member', { how: 'join', invitation: await guardian.invitation() });
    await until('the member to be live', () => member.state().state === 'live');
    await expect(
      member.submit(alice.transfer(founding.grid, founding.guardian.key, 2000n * tft)),
    ).rejects.toMatchObject({
      code: 'money/insufficient',
    });
    // One key on two machines: the guardian has another record for the seq by the time that ours arrives.
    const here = new Author('alice');
    const there = new Author('alice');
    await guardian.submit(there.transfer(founding.grid, founding.guardian.key, 1n));
    await until('the block', () => (guardian.state().head?.height ?? 0) >= 1);
    const outcome = await member
      .submit(here.transfer(founding.grid, founding.guardian.key, 2n))
      .then(() => member.settled(toHex(here.last), 20_000))
      .then(
        ({ code }) => code,
        (error: { readonly code: string }) => error.code,
      );
    expect(outcome).toBe('record/forked');
  });

  it('answers requests between members by transport key, and throws the code that the handler threw', async () => {
    const alice = new Author('alice');
    const founding = nowFounding(alice);
    grid = await createTestGrid(founding);
    const guardian = await grid.guardian();
    const member = await grid.member('member', { how: 'join', invitation: await guardian.invitation() });
    guardian.handle('message', async (peer, payload) => Uint8Array.of(payload[0] ?? 0, ...peer.slice(0, 2)));
    const answer = await member.request(guardian.net, 'message', Uint8Array.of(7), 20_000);
    expect([...answer]).toEqual([7, ...member.net.slice(0, 2)]);
    await expect(guardian.request(member.net, 'message', Uint8Array.of(7), 20_000)).rejects.toMatchObject({
      code: 'net/unknown-method',
    });
    guardian.handle('message', () => Promise.reject(new AppError('desk/declined')));
    await expect(member.request(guardian.net, 'message', Uint8Array.of(7), 20_000)).rejects.toMatchObject({
      code: 'desk/declined',
    });
    await expect(member.request(guardian.net, 'submit', Uint8Array.of(0xff), 20_000)).rejects.toMatchObject({
      code: 'cbor/malformed',
    });
  });
});

describe('a guardian that lost the end of its database', () => {
  /** A guardian with one block, its folder kept aside, then three blocks more. */
  async function withBackup(founding: Founding, alice: Author): Promise<{ readonly kept: string }> {
    if (grid === undefined) throw new Error('no grid');
    const first = await grid.guardian();
    await first.submit(alice.transfer(founding.grid, founding.guardian.key, 1n));
    await until('a block', () => (first.state().head?.height ?? 0) >= 1);
    await first.close();
    const kept = `${grid.folder('guardian')}-kept`;
    await cp(grid.folder('guardian'), kept, { recursive: true });
    const second = await grid.guardian({ how: 'open' });
    for (let round = 0; round < 3; round++) {
      await second.submit(alice.transfer(founding.grid, founding.guardian.key, 1n));
      expect(await second.settled(toHex(alice.last), 10_000)).toMatchObject({ state: 'final' });
    }
    await sleep(500); // its feed has them by now
    await second.close();
    return { kept };
  }

  it('takes it back from its own feed before it signs anything new', async () => {
    const alice = new Author('alice');
    const founding = nowFounding(alice);
    grid = await createTestGrid(founding);
    const { kept } = await withBackup(founding, alice);
    for (const name of await readdir(kept)) {
      if (name === 'net') continue;
      await rm(join(grid.folder('guardian'), name));
      await cp(join(kept, name), join(grid.folder('guardian'), name));
    }
    await rm(join(grid.folder('guardian'), 'replica.db-wal'), { force: true });
    const restored = await grid.guardian({ how: 'open' });
    expect(restored.state().head?.height).toBe(1);
    await until('the lost blocks', () => (restored.state().head?.height ?? 0) >= 4);
    expect(await restored.query('account', { address: addressOf(alice.key) })).toMatchObject({ seq: 4 });
    await restored.submit(alice.transfer(founding.grid, founding.guardian.key, 1n));
    expect(await restored.settled(toHex(alice.last), 10_000)).toMatchObject({ state: 'final' });
  });

  it('and its feed too: a member that knows more raises the alarm, and stops', async () => {
    const alice = new Author('alice');
    const founding = nowFounding(alice);
    grid = await createTestGrid(founding);
    const first = await grid.guardian();
    const invitation = await first.invitation();
    const member = await grid.member('member', { how: 'join', invitation });
    await first.submit(alice.transfer(founding.grid, founding.guardian.key, 1n));
    await until('the member to have the block', () => (member.state().head?.height ?? 0) >= 1);
    await member.close();
    await first.close();
    await rm(grid.folder('guardian'), { recursive: true });
    const older = await grid.guardian();
    expect(older.state().head?.height).toBe(0);
    const again = await grid.member('member', { how: 'join', invitation: await older.invitation() });
    await until('the alarm', () => again.state().alarm !== null, 40_000);
    expect(again.state()).toMatchObject({ state: 'stopped', alarm: { code: 'replica/forked-head' } });
    await expect(again.submit(alice.transfer(founding.grid, founding.guardian.key, 1n))).rejects.toMatchObject({
      code: 'replica/forked-head',
    });
    await again.close();
    const stillStopped = await grid.member('member', { how: 'open' });
    expect(stillStopped.state()).toMatchObject({ state: 'stopped', alarm: { code: 'replica/forked-head' } });
  });
});
