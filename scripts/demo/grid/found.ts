// The grid comes to be: guardians with cards, a genesis from them, and members who join by one short code.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTft } from '../../../core/money.ts';
import { until } from '../../lib/threebot.ts';
import type { GridScene, Told } from './scene.ts';

const names = ['Alice in Ghent', 'Bob in Lyon', 'Carol in Porto', 'Dave in Oslo'] as const;
const memberCount = 20;

/** Four people init, one founds, all start: the first block needs three of them. */
export async function foundGrid(scene: GridScene): Promise<Told> {
  for (const name of names) scene.addGuardian(name);
  for (const guardian of scene.guardians) guardian.init();
  for (let index = 1; index <= memberCount; index++) scene.addMember(`member ${index}`);
  const genesis = join(scene.folder, 'demo.genesis');
  const found = scene
    .guardian(0)
    .run(
      'found',
      '--name=The grid of the story',
      ...scene.guardians.map(({ card }) => `--card=${card}`),
      ...scene.members.map((member) => `--allocate=${scene.addressOf(member)}:1000`),
      `--out=${genesis}`,
    );
  for (const guardian of scene.guardians) guardian.start(`--genesis=${genesis}`);
  await until(
    'the first block on all four',
    async () => scene.guardians.every((guardian) => (guardian.glance()?.view?.head?.height ?? -1) >= 0),
    120_000,
  );
  const invitation = await until('an invitation', async () => scene.guardian(0).glance()?.invitation, 30_000);
  scene.invitation = invitation;
  const { quorum } = scene.guardian(0).glance()?.view ?? { quorum: { here: 0, needed: 0 } };
  if (quorum.needed !== 3) throw new Error(`a quorum of ${quorum.needed}`);
  writeFileSync(join(scene.folder, 'found.txt'), found);
  return {
    lines: [
      ...scene.guardians.map(({ name, host }) => `${name.padEnd(16)} ${host.address}`),
      `block 0 is certified; ${quorum.needed} of ${names.length} signatures make a block final`,
      `the code to join by: ${invitation}`,
    ],
    facts: { guardians: names.length, needed: quorum.needed },
  };
}

/** By the code alone, over the local network. */
export async function joinAll(scene: GridScene): Promise<Told> {
  const { invitation } = scene;
  // A few at a time: twenty programs that start at once would only measure the machine.
  for (let first = 0; first < scene.members.length; first += 5) {
    const some = scene.members.slice(first, first + 5);
    await Promise.all(some.map((member) => member.start({ how: 'join', invitation })));
  }
  for (const member of scene.members) {
    await until(
      `${member.host.name} to be live`,
      async () => (await member.call('state', null)).state === 'live',
      120_000,
    );
  }
  const account = await scene.member(0).query('account', { address: scene.addressOf(scene.member(0)) });
  if (account.balance !== parseTft('1000')) throw new Error(`a balance of ${account.balance}`);
  scene.gridId = (await scene.member(0).query('head', null)).grid;
  return {
    lines: [
      `${scene.members.length} members found the grid by multicast on the local network; no internet, no DHT of others`,
    ],
    facts: { members: scene.members.length },
  };
}
