// Light start as it really runs: a newcomer is usable on a snapshot, verifies all blocks behind it, and takes them over or drops them.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '../../core/bytes.ts';
import { codeOf } from '../../core/errors.ts';
import { addressOf } from '../../core/keys.ts';
import { type TestGrid, until } from '../support/bcdb-replicas.ts';
import { heightOf, type LongGrid, openLongGrid, rowsIn } from '../support/light-grid.ts';

let grid: TestGrid | undefined;
afterEach(async () => {
  await grid?.end();
  grid = undefined;
});

async function longGrid(height: number, each: number): Promise<LongGrid> {
  const opened = await openLongGrid({ height, each });
  grid = opened.made;
  return opened;
}

const codeFrom = async (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => codeOf(error),
  );

describe('light start', { timeout: 120_000 }, () => {
  it('an archive is usable on a snapshot, then holds the whole history, byte for byte', async () => {
    const { made, guardian, invitation, alice, bob, founding } = await longGrid(280, 20);
    const seen: (number | null)[] = [];
    const member = await made.member('member', { how: 'join', invitation }, { keeps: 'archive' });
    member.on('state', ({ verification }) => seen.push(verification?.doneHeight ?? null));
    await until('the snapshot', () => heightOf(member) >= 256);
    await until('the head', () => heightOf(member) >= 280);
    // It takes part at once, whether or not the history is verified already.
    await member.submit(alice.transfer(founding.grid, bob.key, 5n));
    expect(await member.settled(toHex(alice.last), 30_000)).toMatchObject({ state: 'final' });
    await until('the verification', () => seen.some((height) => height !== null), 60_000);
    expect(await guardian.storage()).toMatchObject({ holds: 'archive', mustBeArchive: true });
    await until('the end of it', () => member.state().verification === null, 90_000);
    expect((await member.query('blocks', { from: 100, limit: 1 })).items[0]?.recordCount).toBe(20);
    expect(await member.storage()).toMatchObject({ holds: 'archive', mustBeArchive: false });
    expect((await member.query('outbox', { limit: 5 })).map(({ state }) => state)).toEqual(['final']);
    await until('both to be level', () => heightOf(member) === heightOf(guardian));
    await member.close();
    await guardian.close();
    expect(existsSync(join(made.folder('member'), 'verify'))).toBe(false);
    const [ours, theirs] = [rowsIn(made.folder('member'), -1), rowsIn(made.folder('guardian'), -1)];
    const height = Math.min(ours.history['blocks']?.length ?? 0, theirs.history['blocks']?.length ?? 0);
    expect(height).toBeGreaterThan(280);
    expect(ours.history['blocks']?.slice(0, height)).toEqual(theirs.history['blocks']?.slice(0, height));
    expect(ours.state).toEqual(theirs.state);
    expect(ours.history).toEqual(theirs.history);
    expect(made.errors).toEqual([]);
    // And a start later finds nothing to do.
    const again = await made.member('member', { how: 'open' }, { keeps: 'archive' });
    expect(again.state()).toMatchObject({ verification: null });
    expect((await again.query('blocks', { from: 50, limit: 1 })).items[0]?.height).toBe(50);
  });

  it('a light replica keeps headers and the state, and says of the rest that it is not kept', async () => {
    const { made, guardian, invitation, bob } = await longGrid(258, 1);
    const member = await made.member('member', { how: 'join', invitation }, { keeps: 'light' });
    await until('the snapshot', () => heightOf(member) >= 256);
    const whole = async () => (await member.query('blocks', { from: 199, limit: 1 })).items[0]?.height === 199;
    await until('the verification', async () => member.state().verification === null && (await whole()), 60_000);
    expect(existsSync(join(made.folder('member'), 'verify'))).toBe(false);
    await until('both to be level', () => heightOf(member) === heightOf(guardian));
    expect(await member.query('account', { address: addressOf(bob.key) })).toEqual(
      await guardian.query('account', { address: addressOf(bob.key) }),
    );
    const ours = (await member.query('blocks', { from: 256, limit: 300 })).items;
    const theirs = (await guardian.query('blocks', { from: 256, limit: 300 })).items;
    expect(ours.map(({ headerHash }) => headerHash)).toEqual(theirs.map(({ headerHash }) => headerHash));
    expect(await codeFrom(member.query('objectAt', { object: 'account', id: addressOf(bob.key), height: 100 }))).toBe(
      'replica/pruned',
    );
    expect(made.errors).toEqual([]);
    await member.close();
    const again = await made.member('member', { how: 'open' }, { keeps: 'light' });
    expect(again.state().verification).toBeNull();
    const held = await again.storage();
    expect(held).toMatchObject({ holds: 'light', automatic: 'archive', archiveBytes: held.recordCount * 3000 });
    expect(held.recordCount).toBeGreaterThan(258);
    expect(held.bytes).toBeGreaterThan(100_000);
  });

  it('a short history is simply executed', async () => {
    const { made, invitation } = await longGrid(260, 1);
    const member = await made.member('member', { how: 'join', invitation });
    await until('the head', () => heightOf(member) >= 260);
    expect((await member.query('blocks', { from: 100, limit: 1 })).items).toHaveLength(1);
    expect(member.state().verification).toBeNull();
    expect(made.errors).toEqual([]);
  });
});
