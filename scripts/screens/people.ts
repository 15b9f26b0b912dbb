// The people of the pictures and what they have done: a real grid of four 3bots with farms, payments, a contract that ended, one
// that runs and one that waits to be signed; and three more 3bots that have not come that far. Looks at no window.

import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Limits, PacketView } from '../../core/ipc/views.ts';
import { parseTft } from '../../core/money.ts';
import { bytesPerGb } from '../../core/units.ts';
import type { Scene } from '../demo/scene.ts';
import { approve, approveFinal, startThreebot, until } from '../lib/threebot.ts';
import { buildWorkloadImage } from '../workload-image.ts';

/** On the grid. Mira rents, Tomas, Aiko and Bram farm. */
const people = ['Mira', 'Tomas', 'Aiko', 'Bram'] as const;
type Person = (typeof people)[number];

const passphrase = 'correct horse battery staple';
const anHour = 3600;

type Farm = { readonly name: string; readonly country: string; readonly city: string; readonly limits: Limits };

const farms: Readonly<Partial<Record<Person, Farm>>> = {
  Tomas: { name: 'Kitchen rack', country: 'BE', city: 'Lochristi', limits: {} },
  Aiko: {
    name: 'Loft under the roof',
    country: 'NL',
    city: 'Utrecht',
    limits: { maxCruMilli: 1000, maxMruBytes: 8 * bytesPerGb, maxSruBytes: 20 * bytesPerGb },
  },
  Bram: {
    name: 'Harbour shed',
    country: 'DE',
    city: 'Emden',
    limits: { maxCruMilli: 1500, maxMruBytes: 12 * bytesPerGb, maxSruBytes: 40 * bytesPerGb },
  },
};

/** Brings everybody to where the pictures find them. `say` tells how far it is. */
export async function setPeople(scene: Scene, say: (line: string) => void): Promise<void> {
  say('a grid and its people');
  await gather(scene);
  say('three farms');
  for (const name of people) {
    const farm = farms[name];
    if (farm !== undefined) await becomeFarmer(scene, name, farm);
  }
  say('payments');
  await pay(scene, 'Mira', 'Aiko', '120', 'For the new disk');
  await pay(scene, 'Aiko', 'Mira', '12.5', 'Lunch on Friday');
  await pay(scene, 'Mira', 'Bram', '48.75', 'Harbour fees, June');
  say('a contract that ended');
  const image = await bringImage(scene);
  const first = await rent(scene, image, 'Poster archive, trial run');
  await untilRuns(scene, first.contract);
  await end(scene, first.contract);
  say('a contract that runs');
  const second = await rent(scene, image, 'A page for the neighbours');
  await untilRuns(scene, second.contract);
  say('a contract that waits for signatures');
  await offer(scene, image, 'Choir recordings, winter term');
  say('people who have not come that far');
  await stragglers(scene);
}

async function gather(scene: Scene): Promise<void> {
  await scene.born('Mira');
  await scene.bot('Mira').call('grid.create', {
    name: 'Canal Street',
    allocations: [{ address: await scene.addressOf('Mira'), amountStroops: parseTft('1000') }],
    settleMs: 10_000,
  });
  const { text } = await scene.bot('Mira').call('grid.invitation', null);
  for (const name of people.filter((each) => each !== 'Mira')) {
    await scene.born(name);
    await scene.bot(name).call('grid.join', { invitation: text });
  }
  for (const name of people) {
    await scene.published(name);
    for (const other of people.filter((each) => each !== name)) {
      await scene.bot(name).call('people.saveContact', { address: await scene.addressOf(other), name: other });
    }
  }
}

async function becomeFarmer(scene: Scene, name: Person, farm: Farm): Promise<void> {
  const bot = scene.bot(name);
  const prices = { cuHourStroops: parseTft('40'), suHourStroops: parseTft('10') };
  const place = { country: farm.country, city: farm.city };
  const accept = { auto: true, minTermSeconds: 0 };
  await approveFinal(bot, await bot.call('farm.prepareFarm', { name: farm.name, place, prices, accept }));
  await bot.call('farm.start', { limits: farm.limits });
  const asks = async () => (await bot.call('farm.state', null)).countersign;
  await approve(bot, await until(`${farm.name} to ask`, asks, 90_000));
  await until(`${farm.name} to be up`, async () => (await bot.call('farm.state', null)).node?.status === 'up');
}

async function pay(scene: Scene, from: Person, to: Person, tft: string, memo: string): Promise<void> {
  const transfer = { to: await scene.addressOf(to), amountStroops: parseTft(tft), memo };
  await approveFinal(scene.bot(from), await scene.bot(from).call('wallet.prepareSend', transfer));
  await until(`${to} to have ${tft} TFT`, async () => {
    const { items } = await scene.bot(to).call('wallet.ledger', { limit: 20 });
    return items.some((line) => line.memo === memo);
  });
}

async function bringImage(scene: Scene): Promise<string> {
  const image = await buildWorkloadImage(scene.cache);
  const { imagesFolder } = await scene.bot('Tomas').call('farm.state', null);
  await mkdir(imagesFolder, { recursive: true });
  await copyFile(image.archivePath, join(imagesFolder, `${image.imageId.slice('sha256:'.length)}.tar`));
  return image.imageId;
}

/** A contract on the node of Tomas, sent to Aiko and Bram, accepted by the farm, and signed by Mira. */
async function offer(scene: Scene, image: string, title: string): Promise<PacketView> {
  const bot = scene.bot('Mira');
  const { node } = await scene.bot('Tomas').call('farm.state', null);
  if (node === null) throw new Error('Tomas has no node');
  const signers = await Promise.all(
    (['Mira', 'Aiko', 'Bram'] as const).map(async (name) => ({
      address: await scene.addressOf(name),
      weight: 1,
      isRequired: name === 'Mira',
    })),
  );
  const quorum = { threshold: 2, signers };
  const packet = await bot.call('desk.compose', {
    title,
    workloads: [
      {
        name: 'web',
        node: node.id,
        image,
        capacity: { cruMilli: 500, mruBytes: bytesPerGb / 4, sruBytes: 0, hruBytes: 0 },
      },
    ],
    termSeconds: 8 * anHour,
    signWithinMs: 2 * anHour * 1000,
    deployWithinMs: 300_000,
    provision: quorum,
    delete: quorum,
  });
  await bot.call('desk.send', { id: packet.id });
  await approve(bot, await bot.call('desk.prepareSign', { id: packet.id }));
  await until('the farm to accept', async () =>
    (await bot.call('desk.packets', null))
      .find(({ id }) => id === packet.id)
      ?.farmers.every(({ hasAccepted }) => hasAccepted),
  );
  return packet;
}

/** `who` adds a signature to a packet of Mira's, who then records it. */
async function completeWith(scene: Scene, who: Person, id: string): Promise<void> {
  const [owner, signer] = [scene.bot('Mira'), scene.bot(who)];
  await until(`the packet at ${who}`, async () =>
    (await signer.call('desk.packets', null)).some((packet) => packet.id === id),
  );
  await approve(signer, await signer.call('desk.prepareSign', { id }));
  await until('all signatures', async () =>
    (await owner.call('desk.packets', null)).some((packet) => packet.id === id && packet.state === 'ready'),
  );
  await approveFinal(owner, await owner.call('desk.prepareRecord', { id }));
}

async function rent(scene: Scene, image: string, title: string): Promise<PacketView> {
  const packet = await offer(scene, image, title);
  await completeWith(scene, 'Aiko', packet.id);
  return packet;
}

const untilRuns = (scene: Scene, contract: string): Promise<unknown> =>
  until(
    'the workload to run',
    async () => (await scene.bot('Mira').call('contracts.get', { id: contract }))?.state === 'running',
    90_000,
  );

async function end(scene: Scene, contract: string): Promise<void> {
  const bot = scene.bot('Mira');
  const packet = await bot.call('desk.openCancel', { contract });
  await bot.call('desk.send', { id: packet.id });
  await approve(bot, await bot.call('desk.prepareSign', { id: packet.id }));
  await completeWith(scene, 'Bram', packet.id);
  await until(
    'the contract to end',
    async () => (await bot.call('contracts.get', { id: contract }))?.state === 'ended',
    60_000,
  );
}

/** One who has just started, one who has no grid yet, and one who is locked. */
async function stragglers(scene: Scene): Promise<void> {
  scene.bots.set('newcomer', await startThreebot({ name: 'newcomer', profile: join(scene.folder, 'newcomer') }));
  await scene.born('Noor');
  await scene.born('Lena');
  const lena = scene.bot('Lena');
  const { hasPassphrase } = await lena.call('identity.state', null);
  if (!hasPassphrase) await lena.call('identity.changePassphrase', { next: passphrase });
  await lena.call('identity.lock', null);
}
