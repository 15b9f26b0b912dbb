// The story of one workload, told by four real 3bots: from 24 words to a paid, running, cancelled, proven contract.
// Each step throws when something does not hold. Nothing here is simulated but the passing of a few real seconds.

import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Output } from '../../core/ipc/contract.ts';
import { formatTft, parseTft } from '../../core/money.ts';
import { bytesPerGb } from '../../core/units.ts';
import { root } from '../lib/node.mjs';
import { approve, approveFinal, startThreebot, type Threebot, until } from '../lib/threebot.ts';
import { buildWorkloadImage } from '../workload-image.ts';
import { expectRefusal, forgeries } from './attempts.ts';

/** What a step tells: one line each, and facts for `--json`. */
export type Told = { readonly lines: readonly string[]; readonly facts: Readonly<Record<string, unknown>> };

export type Step = { readonly title: string; readonly run: () => Promise<Told> };

const passphrase = 'correct horse battery staple';
const hello = parseTft('1000');

/** All steps, over profiles in `folder`. `bots` fills as they start, so that the caller can stop them. */
export function story(folder: string, cache: string, bots: Map<string, Threebot>): readonly Step[] {
  const bot = (name: string): Threebot => {
    const found = bots.get(name);
    if (found === undefined) throw new Error(`${name} is not running`);
    return found;
  };
  const known: { image?: string; contract?: string; record?: string; price?: bigint; receipt?: string; node?: string } =
    {};
  const need = <K extends keyof typeof known>(key: K): NonNullable<(typeof known)[K]> => {
    const value = known[key];
    if (value === undefined || value === null) throw new Error(`the story has no ${key} yet`);
    return value;
  };

  /** A 3bot comes to be: its own process and profile, 24 words written down and checked, a key in the keychain. */
  const born = async (name: string): Promise<Output<'identity.create'>> => {
    const started = await startThreebot({ name, profile: join(folder, name) });
    bots.set(name, started);
    const { words, ask } = await started.call('identity.newWords', null);
    if (words.length !== 24) throw new Error('not 24 words');
    const { keychain } = await started.call('identity.state', null);
    const answers = ask.map((index) => words[index] ?? '');
    return started.call('identity.create', { name, answers, ...(keychain.isUsable ? {} : { passphrase }) });
  };
  const addressOf = async (name: string): Promise<string> => {
    const { address } = await bot(name).call('identity.state', null);
    if (address === null) throw new Error(`${name} has no address`);
    return address;
  };
  const publish = async (name: string, roles: ('farmer' | 'consumer')[]): Promise<string> =>
    approveFinal(bot(name), await bot(name).call('people.prepareProfile', { name, roles }));
  const contractNow = async (): Promise<NonNullable<Output<'contracts.get'>>> => {
    const found = await bot('consumer').call('contracts.get', { id: need('contract') });
    if (found === null) throw new Error('the contract is not there');
    return found;
  };

  const grid = async (): Promise<Told> => {
    const identity = await born('consumer');
    const consumer = bot('consumer');
    if ((await consumer.call('grid.state', null)) !== null) throw new Error('a fresh profile already has a grid');
    const state = await consumer.call('grid.create', {
      name: 'Demo grid',
      allocations: [{ address: await addressOf('consumer'), amountStroops: hello }],
      rewardPeriodMs: 3_600_000,
      settleMs: 1000,
      uptimeGraceMs: 30_000,
    });
    await publish('consumer', ['consumer']);
    return {
      lines: [
        `no grid on this machine: made the local one “Demo grid”, one guardian, embedded (grid ${state.head?.grid.slice(0, 12)}…)`,
        `its genesis allots ${formatTft(hello)} TFT to the consumer, for all to see; keys in: ${identity.keychain.isUsable ? identity.keychain.store : 'a passphrase (no keychain here)'}`,
      ],
      facts: {
        grid: state.head?.grid,
        keychain: identity.keychain.store,
        isKeychainUsable: identity.keychain.isUsable,
      },
    };
  };

  const people = async (): Promise<Told> => {
    const { text } = await bot('consumer').call('grid.invitation', null);
    const others = ['farmer', 'cosigner-a', 'cosigner-b'] as const;
    await Promise.all(
      others.map(async (name) => {
        await born(name);
        await bot(name).call('grid.join', { invitation: text });
        await publish(name, name === 'farmer' ? ['farmer'] : ['consumer']);
      }),
    );
    const names = ['consumer', ...others];
    const addresses = await Promise.all(names.map(addressOf));
    for (const name of names) {
      for (const [index, address] of addresses.entries()) {
        const other = names[index];
        if (other !== undefined && other !== name) await bot(name).call('people.saveContact', { address, name: other });
      }
    }
    return {
      lines: names.map((name, index) => `${name.padEnd(11)} ${addresses[index]}  process ${bot(name).process.pid}`),
      facts: Object.fromEntries(names.map((name, index) => [name, addresses[index]])),
    };
  };

  const farm = async (): Promise<Told> => {
    const farmer = bot('farmer');
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
      const all = await bot('consumer').call('capacity.nodes', {
        filter: { status: 'up', farmName: 'kitchen' },
        sort: 'id',
        descending: false,
        offset: 0,
        limit: 10,
      });
      return all.items[0];
    });
    known.node = node.id;
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
  };

  const send = async (): Promise<Told> => {
    const amount = parseTft('12.5');
    const to = await addressOf('cosigner-a');
    const consumer = bot('consumer');
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
      async () => (await bot('cosigner-a').call('wallet.account', null)).balance === amount,
    );
    return {
      lines: [
        `“${review.action}” to cosigner-a (${review.digestWords.join(' ')}): ${first?.state} -> final in ${finalMs} ms; cosigner-a has ${formatTft(amount)} TFT`,
      ],
      facts: { record, seen: [first?.state, 'final'], finalMs },
    };
  };

  const sign = async (): Promise<Told> => {
    const consumer = bot('consumer');
    const image = await buildWorkloadImage(cache);
    known.image = image.imageId;
    const { imagesFolder } = await bot('farmer').call('farm.state', null);
    await mkdir(imagesFolder, { recursive: true });
    await copyFile(image.archivePath, join(imagesFolder, `${image.imageId.slice('sha256:'.length)}.tar`));
    const signers = await Promise.all(
      ['consumer', 'cosigner-a', 'cosigner-b'].map(async (name) => ({
        address: await addressOf(name),
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
          node: need('node'),
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
    known.contract = packet.contract;
    known.price = packet.price;
    await consumer.call('desk.send', { id: packet.id });
    await approve(consumer, await consumer.call('desk.prepareSign', { id: packet.id }));
    const packetOf = async (name: string) =>
      (await bot(name).call('desk.packets', null)).find(({ id }) => id === packet.id);
    await until('the farmer to accept', async () =>
      (await packetOf('consumer'))?.farmers.every(({ hasAccepted }) => hasAccepted),
    );
    const early = await expectRefusal('contract/quorum-not-met', () =>
      consumer.call('desk.prepareRecord', { id: packet.id }),
    );
    const cosigner = bot('cosigner-a');
    await until('the packet at cosigner-a', () => packetOf('cosigner-a'));
    const shown = await cosigner.call('desk.prepareSign', { id: packet.id });
    await approve(cosigner, shown);
    await until('both signatures', async () => (await packetOf('consumer'))?.state === 'ready');
    const before = await consumer.call('wallet.account', null);
    known.record = await approveFinal(consumer, await consumer.call('desk.prepareRecord', { id: packet.id }));
    const after = await consumer.call('wallet.account', null);
    if (before.balance - after.balance !== packet.price) throw new Error('the price was not locked in the same step');
    return {
      lines: [
        `asked ${formatTft(packet.price)} TFT for an hour; the farmer's 3bot accepted by its rules`,
        `1 of 2 signed: refused (${early}); cosigner-a reads “${shown.happens[0]}” and signs; 2 of 2: recorded`,
        `${formatTft(packet.price)} TFT locked in the same step; contract ${packet.contract.slice(0, 12)}…`,
      ],
      facts: { contract: packet.contract, record: known.record, image: image.imageId, price: packet.price, early },
    };
  };

  const run = async (): Promise<Told> => {
    const startMs = performance.now();
    await until('the workload to run', async () => (await contractNow()).workloads[0]?.state === 'ok', 60_000);
    const okMs = Math.round(performance.now() - startMs);
    const page = await until('its page', () =>
      bot('consumer').call('contracts.fetch', { contract: need('contract'), workload: 'web', path: '/' }),
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
  };

  const earn = async (): Promise<Told> => {
    const earnedNow = async (): Promise<bigint> => (await contractNow()).earned;
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
    const books = await bot('farmer').call('grid.books', {});
    if (books.unexplained !== 0n || books.balances + books.locked !== books.minted - books.burned)
      throw new Error('the books do not add up');
    return {
      lines: [
        `in ${seconds.toFixed(1)} s the farmer earned ${formatTft(earned - start.earned)} TFT (${formatTft(need('price') / 3600n)} a second)`,
        `balances ${formatTft(books.balances)} + locked ${formatTft(books.locked)} = minted ${formatTft(books.minted)} - burned ${formatTft(books.burned)}; unexplained ${books.unexplained}`,
      ],
      facts: { earned: earned - start.earned, seconds, books },
    };
  };

  const end = async (): Promise<Told> => {
    const consumer = bot('consumer');
    const packet = await consumer.call('desk.openCancel', { contract: need('contract') });
    await consumer.call('desk.send', { id: packet.id });
    await approve(consumer, await consumer.call('desk.prepareSign', { id: packet.id }));
    const cosigner = bot('cosigner-b');
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
        const contract = await contractNow();
        return contract.state === 'ended' && contract;
      },
      60_000,
    );
    const { agent } = await bot('farmer').call('farm.state', null);
    if (agent.workloads.some(({ contract }) => contract === ended.id))
      throw new Error('the agent still holds the workload');
    if (ended.earned + ended.refunded !== ended.price) throw new Error('earned and refunded are not the price');
    const account = await consumer.call('wallet.account', null);
    const expected = hello - parseTft('12.5') - ended.earned;
    if (account.balance !== expected) throw new Error(`the consumer has ${account.balance}, not ${expected}`);
    const { items } = await consumer.call('grid.history', { object: 'contract', id: ended.id, limit: 100 });
    const { bytes } = await consumer.call('contracts.receipt', { id: ended.id });
    known.receipt = join(folder, 'contract.receipt');
    await writeFile(known.receipt, bytes);
    const { head } = (await consumer.call('grid.state', null)) ?? {};
    const verified = spawnSync(
      process.execPath,
      ['scripts/verify-receipt.mjs', known.receipt, `--grid=${head?.grid}`, '--json'],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
    if (verified.status !== 0) throw new Error(`the receipt does not verify: ${verified.stdout}${verified.stderr}`);
    return {
      lines: [
        `2 of 3 agreed to end it: container gone; earned ${formatTft(ended.earned)} + back ${formatTft(ended.refunded)} = ${formatTft(ended.price)} TFT, exactly`,
        `history: ${[...items]
          .reverse()
          .map(({ what }) => what)
          .join(' -> ')}`,
        'receipt: verified by scripts/verify-receipt.mjs with no app and no network',
      ],
      facts: {
        earned: ended.earned,
        refunded: ended.refunded,
        history: items.map(({ what }) => what).reverse(),
        receipt: JSON.parse(verified.stdout),
      },
    };
  };

  const attempts = async (): Promise<Told> => {
    const refused = await forgeries({
      bots,
      addressOf,
      node: need('node'),
      image: need('image'),
      receipt: need('receipt'),
      record: need('record'),
    });
    return {
      lines: refused.map(({ what, code }) => `${what.padEnd(62)} ${code}`),
      facts: Object.fromEntries(refused.map(({ what, code }) => [what, code])),
    };
  };

  return [
    { title: 'A fresh machine has no grid', run: grid },
    { title: 'Four 3bots come to be', run: people },
    { title: 'The farmer flips the switch', run: farm },
    { title: 'The consumer sends TFT', run: send },
    { title: 'A contract is composed, accepted, co-signed, recorded', run: sign },
    { title: 'The node runs it', run: run },
    { title: 'Time passes, the farmer earns', run: earn },
    { title: 'The delete quorum ends it', run: end },
    { title: 'What must fail, fails', run: attempts },
  ];
}
