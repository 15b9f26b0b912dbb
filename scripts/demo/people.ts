// The first steps of the story: a grid comes to be, then its people, a farm, and a first payment.

import { formatTft, parseTft } from '../../core/money.ts';
import { bytesPerGb } from '../../core/units.ts';
import { approve, approveFinal, until } from '../lib/threebot.ts';
import { allotment, type Scene, type Told } from './scene.ts';

/** The farmer's machine is the first of the grid, and its guardian; the consumer is there to be given something. */
export async function makeGrid(scene: Scene): Promise<Told> {
  const [identity] = await Promise.all([scene.born('farmer'), scene.born('consumer')]);
  const farmer = scene.bot('farmer');
  if ((await farmer.call('grid.state', null)) !== null) throw new Error('a fresh profile already has a grid');
  const state = await farmer.call('grid.create', {
    name: 'Demo grid',
    allocations: [{ address: await scene.addressOf('consumer'), amountStroops: allotment }],
    rewardPeriodMs: 3_600_000,
    settleMs: 1000,
    uptimeGraceMs: 30_000,
  });
  await scene.published('farmer');
  const { isUsable, store } = identity.keychain;
  return {
    lines: [
      `no grid on this machine: made the local one “Demo grid”, one guardian, embedded (grid ${state.head?.grid.slice(0, 12)}…)`,
      `its genesis allots ${formatTft(allotment)} TFT to the consumer, for all to see`,
      isUsable
        ? `keys are sealed; what opens them is in: ${store}`
        : 'no keychain on this machine: keys are sealed under a passphrase',
    ],
    facts: { grid: state.head?.grid, keychain: store, isKeychainUsable: isUsable },
  };
}

export async function gatherPeople(scene: Scene): Promise<Told> {
  const { text } = await scene.bot('farmer').call('grid.invitation', null);
  const join = async (name: string): Promise<void> => {
    await scene.bot(name).call('grid.join', { invitation: text });
    await scene.published(name);
  };
  await Promise.all([
    join('consumer'),
    ...['cosigner-a', 'cosigner-b'].map((name) => scene.born(name).then(() => join(name))),
  ]);
  const names = ['farmer', 'consumer', 'cosigner-a', 'cosigner-b'];
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
  const seen = new Set<string>();
  await until('the transfer to be final', async () => {
    const item = (await consumer.call('grid.outbox', { limit: 20 })).find(({ id }) => id === record);
    if (item !== undefined) seen.add(item.state);
    return item?.state === 'final';
  });
  const finalMs = Math.round(performance.now() - startMs);
  await until(
    'cosigner-a to see it',
    async () => (await scene.bot('cosigner-a').call('wallet.account', null)).balance === amount,
  );
  return {
    lines: [
      `“${review.action}” to cosigner-a (${review.digestWords.join(' ')}): ${[...seen].join(' -> ')} in ${finalMs} ms; cosigner-a has ${formatTft(amount)} TFT`,
    ],
    facts: { record, seen: [...seen], finalMs },
  };
}
