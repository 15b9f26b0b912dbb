// The first steps of the story: a grid comes to be, then its people, a farm, and a first payment.

import { formatTft, parseTft } from '../../core/money.ts';
import { bytesPerGb } from '../../core/units.ts';
import { approve, approveFinal, until } from '../lib/threebot.ts';
import { allotment, type Scene, type Told } from './scene.ts';

export async function makeGrid(scene: Scene): Promise<Told> {
  const identity = await scene.born('consumer');
  const consumer = scene.bot('consumer');
  if ((await consumer.call('grid.state', null)) !== null) throw new Error('a fresh profile already has a grid');
  const state = await consumer.call('grid.create', {
    name: 'Demo grid',
    allocations: [{ address: await scene.addressOf('consumer'), amountStroops: allotment }],
    rewardPeriodMs: 3_600_000,
    settleMs: 1000,
    uptimeGraceMs: 30_000,
  });
  await scene.known3bot('consumer');
  return {
    lines: [
      `no grid on this machine: made the local one “Demo grid”, one guardian, embedded (grid ${state.head?.grid.slice(0, 12)}…)`,
      `its genesis allots ${formatTft(allotment)} TFT to the consumer, for all to see; keys in: ${identity.keychain.isUsable ? identity.keychain.store : 'a passphrase (no keychain here)'}`,
    ],
    facts: {
      grid: state.head?.grid,
      keychain: identity.keychain.store,
      isKeychainUsable: identity.keychain.isUsable,
    },
  };
}

export async function gatherPeople(scene: Scene): Promise<Told> {
  const { text } = await scene.bot('consumer').call('grid.invitation', null);
  const others = ['farmer', 'cosigner-a', 'cosigner-b'] as const;
  await Promise.all(
    others.map(async (name) => {
      await scene.born(name);
      await scene.bot(name).call('grid.join', { invitation: text });
      await scene.known3bot(name);
    }),
  );
  const names = ['consumer', ...others];
  const addresses = await Promise.all(names.map((name) => scene.addressOf(name)));
  for (const name of names) {
    for (const [index, address] of addresses.entries()) {
      const other = names[index];
      if (other !== undefined && other !== name)
        await scene.bot(name).call('people.saveContact', { address, name: other });
    }
  }
  return {
    lines: names.map((name, index) => `${name.padEnd(11)} ${addresses[index]}  process ${scene.bot(name).process.pid}`),
    facts: Object.fromEntries(names.map((name, index) => [name, addresses[index]])),
  };
}

export async function becomeFarmer(scene: Scene): Promise<Told> {
  const farmer = scene.bot('farmer');
  await approveFinal(
    farmer,
    await farmer.call('farm.prepareFarm', {
      name: 'Kitchen rack',
      place: { country: 'BE', city: 'Lochristi' },
      prices: { cuHourStroops: parseTft('40'), suHourStroops: parseTft('10') },
      accept: { auto: true, minTermSeconds: 30 },
    }),
  );
  await farmer.call('farm.start', { limits: {} });
  const review = await until(
    'the node to announce itself',
    async () => (await farmer.call('farm.state', null)).countersign,
    60_000,
  );
  await approve(farmer, review);
  const node = await until('the node in the capacity browser', async () => {
    const all = await scene.bot('consumer').call('capacity.nodes', {
      filter: { status: 'up', farmName: 'kitchen' },
      sort: 'id',
      descending: false,
      offset: 0,
      limit: 10,
    });
    return all.items[0];
  });
  scene.known.node = node.id;
  const { agent } = await farmer.call('farm.state', null);
  const gb = (bytes: number): string => (bytes / bytesPerGb).toFixed(1);
  const { cruMilli, mruBytes, sruBytes, hruBytes } = node.capacity;
  return {
    lines: [
      `“Kitchen rack” farms: node ${node.id.slice(0, 12)}… with its own key, countersigned by the farmer; engine: ${agent.engine}`,
      `seen by the consumer: CRU ${cruMilli / 1000}, MRU ${gb(mruBytes)} GB, SRU ${gb(sruBytes)} GB, HRU ${gb(hruBytes)} GB = ${Number(node.cuMilli) / 1000} CU, ${Number(node.suMilli) / 1000} SU`,
    ],
    facts: {
      node: node.id,
      capacity: node.capacity,
      cuMilli: node.cuMilli,
      suMilli: node.suMilli,
      engine: agent.engine,
    },
  };
}

export async function sendTft(scene: Scene): Promise<Told> {
  const amount = parseTft('12.5');
  const to = await scene.addressOf('cosigner-a');
  const consumer = scene.bot('consumer');
  const review = await consumer.call('wallet.prepareSend', { to, amountStroops: amount, memo: 'lunch' });
  const startMs = performance.now();
  const { record } = await approve(consumer, review);
  const first = (await consumer.call('grid.outbox', { limit: 20 })).find(({ id }) => id === record);
  await until('the transfer to be final', async () =>
    (await consumer.call('grid.outbox', { limit: 20 })).some(({ id, state }) => id === record && state === 'final'),
  );
  const finalMs = Math.round(performance.now() - startMs);
  await until(
    'cosigner-a to see it',
    async () => (await scene.bot('cosigner-a').call('wallet.account', null)).balance === amount,
  );
  return {
    lines: [
      `“${review.action}” to cosigner-a (${review.digestWords.join(' ')}): ${first?.state} -> final in ${finalMs} ms; cosigner-a has ${formatTft(amount)} TFT`,
    ],
    facts: { record, seen: [first?.state, 'final'], finalMs },
  };
}
