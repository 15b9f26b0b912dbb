// G20: a machine goes to sleep and comes back: network and node are there again without a restart.

import { afterEach, expect, it } from 'vitest';
import { toHex } from '../../core/bytes.ts';
import { Author, foundGrid } from '../support/bcdb-grid.ts';
import { createTestGrid, type TestGrid, until } from '../support/bcdb-replicas.ts';

const tft = 10_000_000n;
let grid: TestGrid | undefined;

afterEach(async () => {
  await grid?.end();
  grid = undefined;
});

it('G20 a member that slept catches up, and what it signed before is final, without a restart', async () => {
  const [alice, bob] = [new Author('alice'), new Author('bob')];
  const allocations: [Author, bigint][] = [
    [alice, 1000n * tft],
    [bob, 1000n * tft],
  ];
  const founding = foundGrid(allocations, { createdMs: Date.now() });
  grid = await createTestGrid(founding);
  const guardian = await grid.guardian();
  const member = await grid.member('member', { how: 'join', invitation: await guardian.invitation() });
  await until('the member to be live', () => member.state().state === 'live');

  await member.suspend();
  await until('the member to say that it is offline', () => member.state().state === 'offline');
  await member.submit(bob.transfer(founding.grid, alice.key, tft, 'said in its sleep'));
  const said = toHex(bob.last);
  await guardian.submit(alice.transfer(founding.grid, bob.key, 2n * tft, 'meanwhile'));
  const meanwhile = toHex(alice.last);
  await guardian.settled(meanwhile, 20_000);
  expect(await member.query('record', { id: meanwhile })).toBeNull();

  await member.resume();
  await until('the member to be live again', () => member.state().state === 'live');
  await until('what happened meanwhile', async () => (await member.query('record', { id: meanwhile })) !== null);
  expect(await member.settled(said, 30_000)).toMatchObject({ state: 'final', code: null });
});
