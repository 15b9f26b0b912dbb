// What must not work, tried for real through the same doors as everything else; each try names the code of its refusal.

import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import type { ErrorCode } from '../../core/errors.ts';
import { codeOf } from '../../core/errors.ts';
import { parseTft } from '../../core/money.ts';
import { bytesPerGb } from '../../core/units.ts';
import { root } from '../lib/node.mjs';
import { approve, approveFinal, type Threebot, until } from '../lib/threebot.ts';
import type { Scene } from './scene.ts';

export type Refused = { readonly what: string; readonly code: string };

/** Runs `attempt` and returns the code that it was refused with; throws when it went through or failed otherwise. */
export async function expectRefusal(code: ErrorCode, attempt: () => Promise<unknown>): Promise<ErrorCode> {
  try {
    await attempt();
  } catch (error) {
    if (codeOf(error) === code) return code;
    throw error;
  }
  throw new Error(`this should have been refused with ${code}`);
}

/** All attempts, in the order of the story. */
export async function forgeries(scene: Scene): Promise<readonly Refused[]> {
  return [
    await overspend(scene),
    await replay(scene),
    await signTwice(scene),
    await unfunded(scene),
    await tampered(scene),
  ];
}

async function overspend(scene: Scene): Promise<Refused> {
  const bot = scene.bot('cosigner-a');
  const to = await scene.addressOf('consumer');
  const code = await expectRefusal('money/insufficient', async () =>
    approveFinal(bot, await bot.call('wallet.prepareSend', { to, amountStroops: parseTft('5000') })),
  );
  return { what: 'cosigner-a sends 5,000 TFT that it does not have', code };
}

async function replay(scene: Scene): Promise<Refused> {
  const bot = scene.bot('cosigner-b');
  const record = await bot.call('grid.record', { id: scene.need('record') });
  if (record === null) throw new Error('the recorded contract is not in this replica');
  const code = await expectRefusal('record/replayed', () => bot.call('grid.submit', { record: record.bytes }));
  return { what: 'the recorded contract is handed in a second time', code };
}

/** A packet whose quorum is 2 of 3, signed twice by the same co-signer, never becomes complete. */
async function signTwice(scene: Scene): Promise<Refused> {
  const [consumer, cosigner] = [scene.bot('consumer'), scene.bot('cosigner-a')];
  const packet = await compose(scene, consumer, ['cosigner-a', 'cosigner-b', 'consumer'], bytesPerGb / 4);
  await consumer.call('desk.send', { id: packet.id });
  await until('the packet at cosigner-a', async () =>
    (await cosigner.call('desk.packets', null)).some(({ id }) => id === packet.id),
  );
  await approve(cosigner, await cosigner.call('desk.prepareSign', { id: packet.id }));
  const code = await expectRefusal('approval/duplicate', () => cosigner.call('desk.prepareSign', { id: packet.id }));
  await until('its one signature', async () =>
    (await consumer.call('desk.packets', null)).some(({ id, weight }) => id === packet.id && weight === 1),
  );
  await expectRefusal('contract/quorum-not-met', () => consumer.call('desk.prepareRecord', { id: packet.id }));
  await consumer.call('desk.remove', { id: packet.id });
  return { what: 'cosigner-a signs twice to fill the quorum', code };
}

/** Complete in every signature, addressed to the node, but the payer cannot pay. */
async function unfunded(scene: Scene): Promise<Refused> {
  const bot = scene.bot('cosigner-b');
  const packet = await compose(scene, bot, ['cosigner-b'], bytesPerGb / 4);
  await bot.call('desk.send', { id: packet.id });
  await approve(bot, await bot.call('desk.prepareSign', { id: packet.id }));
  await until('the farmer to accept', async () =>
    (await bot.call('desk.packets', null)).some(({ id, state }) => id === packet.id && state === 'ready'),
  );
  const code = await expectRefusal('contract/unfunded', async () =>
    approveFinal(bot, await bot.call('desk.prepareRecord', { id: packet.id })),
  );
  await bot.call('desk.remove', { id: packet.id });
  return { what: 'a contract for the node, fully signed, but unfunded', code };
}

async function tampered(scene: Scene): Promise<Refused> {
  const bytes = await readFile(scene.need('receipt'));
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  const path = `${scene.need('receipt')}.tampered`;
  await writeFile(path, bytes);
  const verified = spawnSync(process.execPath, ['scripts/verify-receipt.mjs', path, '--json'], {
    cwd: root,
    encoding: 'utf8',
  });
  const said = JSON.parse(verified.stdout) as { readonly holds: boolean; readonly code?: string };
  if (verified.status !== 1 || said.holds || said.code === undefined)
    throw new Error('a tampered receipt was believed');
  return { what: 'one bit of the receipt changed', code: said.code };
}

async function compose(scene: Scene, bot: Threebot, names: readonly string[], mruBytes: number) {
  const signers = await Promise.all(
    names.map(async (name) => ({ address: await scene.addressOf(name), weight: 1, isRequired: false })),
  );
  const quorum = { threshold: Math.min(2, names.length), signers };
  return bot.call('desk.compose', {
    title: 'Should not come to be',
    workloads: [
      {
        name: 'web',
        node: scene.need('node'),
        image: scene.need('image'),
        capacity: { cruMilli: 100, mruBytes, sruBytes: 0, hruBytes: 0 },
      },
    ],
    termSeconds: 3600,
    signWithinMs: 60_000,
    deployWithinMs: 60_000,
    provision: quorum,
    delete: quorum,
  });
}
