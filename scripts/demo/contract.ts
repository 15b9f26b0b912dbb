// The later steps of the story: a contract from its first draft to its receipt.

import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatTft, parseTft } from '../../core/money.ts';
import { bytesPerGb } from '../../core/units.ts';
import { root } from '../lib/node.mjs';
import { approve, approveFinal, until } from '../lib/threebot.ts';
import { buildWorkloadImage } from '../workload-image.ts';
import { expectRefusal } from './attempts.ts';
import { allotment, type Scene, type Told } from './scene.ts';

export async function signContract(scene: Scene): Promise<Told> {
  const consumer = scene.bot('consumer');
  const image = await buildWorkloadImage(scene.cache);
  scene.known.image = image.imageId;
  const { imagesFolder } = await scene.bot('farmer').call('farm.state', null);
  await mkdir(imagesFolder, { recursive: true });
  await copyFile(image.archivePath, join(imagesFolder, `${image.imageId.slice('sha256:'.length)}.tar`));
  const signers = await Promise.all(
    ['consumer', 'cosigner-a', 'cosigner-b'].map(async (name) => ({
      address: await scene.addressOf(name),
      weight: 1,
      isRequired: name === 'consumer',
    })),
  );
  const quorum = { threshold: 2, signers };
  const packet = await consumer.call('desk.compose', {
    title: 'A page for the neighbours',
    workloads: [
      {
        name: 'web',
        node: scene.need('node'),
        image: image.imageId,
        capacity: { cruMilli: 500, mruBytes: bytesPerGb / 4, sruBytes: 0, hruBytes: 0 },
      },
    ],
    termSeconds: 3600,
    signWithinMs: 600_000,
    deployWithinMs: 120_000,
    provision: quorum,
    delete: quorum,
  });
  scene.known.contract = packet.contract;
  scene.known.price = packet.price;
  await consumer.call('desk.send', { id: packet.id });
  await approve(consumer, await consumer.call('desk.prepareSign', { id: packet.id }));
  const packetOf = async (name: string) =>
    (await scene.bot(name).call('desk.packets', null)).find(({ id }) => id === packet.id);
  await until('the farmer to accept', async () =>
    (await packetOf('consumer'))?.farmers.every(({ hasAccepted }) => hasAccepted),
  );
  const early = await expectRefusal('contract/quorum-not-met', () =>
    consumer.call('desk.prepareRecord', { id: packet.id }),
  );
  const cosigner = scene.bot('cosigner-a');
  await until('the packet at cosigner-a', () => packetOf('cosigner-a'));
  const shown = await cosigner.call('desk.prepareSign', { id: packet.id });
  await approve(cosigner, shown);
  await until('both signatures', async () => (await packetOf('consumer'))?.state === 'ready');
  const before = await consumer.call('wallet.account', null);
  scene.known.record = await approveFinal(consumer, await consumer.call('desk.prepareRecord', { id: packet.id }));
  const after = await consumer.call('wallet.account', null);
  if (before.balance - after.balance !== packet.price) throw new Error('the price was not locked in the same step');
  return {
    lines: [
      `asked ${formatTft(packet.price)} TFT for an hour; the farmer's 3bot accepted by its rules`,
      `1 of 2 signed: refused (${early}); cosigner-a reads “${shown.happens[0]}” and signs; 2 of 2: recorded`,
      `${formatTft(packet.price)} TFT locked in the same step; contract ${packet.contract.slice(0, 12)}…`,
    ],
    facts: { contract: packet.contract, record: scene.known.record, image: image.imageId, price: packet.price, early },
  };
}

export async function runWorkload(scene: Scene): Promise<Told> {
  const startMs = performance.now();
  await until('the workload to run', async () => (await scene.contractNow()).workloads[0]?.state === 'ok', 60_000);
  const okMs = Math.round(performance.now() - startMs);
  const page = await until('its page', () =>
    scene.bot('consumer').call('contracts.fetch', { contract: scene.need('contract'), workload: 'web', path: '/' }),
  );
  if (page.status !== 200) throw new Error(`the page answered ${page.status}`);
  const text = page.body
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return {
    lines: [
      `the node verified it in its own replica, started the container and reported ok after ${okMs} ms`,
      `page (through Noise, no port open): ${text}`,
    ],
    facts: { okMs, status: page.status, page: page.body },
  };
}

export async function earnTft(scene: Scene): Promise<Told> {
  const earnedNow = async (): Promise<bigint> => (await scene.contractNow()).earned;
  const start = await until('the first earning', async () => {
    const earned = await earnedNow();
    return earned > 0n && { earned, atMs: Date.now() };
  });
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const earned = await until('more earnings', async () => {
    const now = await earnedNow();
    return now > start.earned && now;
  });
  const seconds = (Date.now() - start.atMs) / 1000;
  const books = await scene.bot('farmer').call('grid.books', {});
  if (books.unexplained !== 0n || books.balances + books.locked !== books.minted - books.burned)
    throw new Error('the books do not add up');
  return {
    lines: [
      `in ${seconds.toFixed(1)} s the farmer earned ${formatTft(earned - start.earned)} TFT (${formatTft(scene.need('price') / 3600n)} a second)`,
      `balances ${formatTft(books.balances)} + locked ${formatTft(books.locked)} = minted ${formatTft(books.minted)} - burned ${formatTft(books.burned)}; unexplained ${books.unexplained}`,
    ],
    facts: { earned: earned - start.earned, seconds, books },
  };
}

export async function endContract(scene: Scene): Promise<Told> {
  const consumer = scene.bot('consumer');
  const packet = await consumer.call('desk.openCancel', { contract: scene.need('contract') });
  await consumer.call('desk.send', { id: packet.id });
  await approve(consumer, await consumer.call('desk.prepareSign', { id: packet.id }));
  const cosigner = scene.bot('cosigner-b');
  await until('the packet at cosigner-b', async () =>
    (await cosigner.call('desk.packets', null)).some(({ id }) => id === packet.id),
  );
  await approve(cosigner, await cosigner.call('desk.prepareSign', { id: packet.id }));
  await until('the delete quorum', async () =>
    (await consumer.call('desk.packets', null)).some(({ id, state }) => id === packet.id && state === 'ready'),
  );
  await approveFinal(consumer, await consumer.call('desk.prepareRecord', { id: packet.id }));
  const ended = await until(
    'the node to report it gone',
    async () => {
      const contract = await scene.contractNow();
      return contract.state === 'ended' && contract;
    },
    60_000,
  );
  const { agent } = await scene.bot('farmer').call('farm.state', null);
  if (agent.workloads.some(({ contract }) => contract === ended.id))
    throw new Error('the agent still holds the workload');
  if (ended.earned + ended.refunded !== ended.price) throw new Error('earned and refunded are not the price');
  const account = await consumer.call('wallet.account', null);
  const expected = allotment - parseTft('12.5') - ended.earned;
  if (account.balance !== expected) throw new Error(`the consumer has ${account.balance}, not ${expected}`);
  const { items } = await consumer.call('grid.history', { object: 'contract', id: ended.id, limit: 100 });
  const { bytes } = await consumer.call('contracts.receipt', { id: ended.id });
  scene.known.receipt = join(scene.folder, 'contract.receipt');
  await writeFile(scene.known.receipt, bytes);
  const { head } = (await consumer.call('grid.state', null)) ?? {};
  const verified = spawnSync(
    process.execPath,
    ['scripts/verify-receipt.mjs', scene.known.receipt, `--grid=${head?.grid}`, '--json'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  if (verified.status !== 0) throw new Error(`the receipt does not verify: ${verified.stdout}${verified.stderr}`);
  const life = items.map(({ what }) => what).toReversed();
  return {
    lines: [
      `2 of 3 agreed to end it: container gone; earned ${formatTft(ended.earned)} + back ${formatTft(ended.refunded)} = ${formatTft(ended.price)} TFT, exactly`,
      `history: ${runsOf(life).join(' -> ')}`,
      'receipt: verified by scripts/verify-receipt.mjs with no app and no network',
    ],
    facts: {
      earned: ended.earned,
      refunded: ended.refunded,
      history: life,
      receipt: JSON.parse(verified.stdout),
    },
  };
}

/** "settled ×6" instead of six times the same word. */
function runsOf(words: readonly string[]): readonly string[] {
  const runs: { readonly word: string; count: number }[] = [];
  for (const word of words) {
    const last = runs.at(-1);
    if (last?.word === word) last.count += 1;
    else runs.push({ word, count: 1 });
  }
  return runs.map(({ word, count }) => (count === 1 ? word : `${word} ×${count}`));
}
