// The people of the story and what it knows so far: four 3bots, each with a process and a profile of its own.

import { join } from 'node:path';
import type { Output } from '../../core/ipc/contract.ts';
import { parseTft } from '../../core/money.ts';
import { startThreebot, type Threebot, until } from '../lib/threebot.ts';

export type { Told } from './teller.ts';

/** What the genesis of the demo grid gives the consumer. */
export const allotment = parseTft('1000');

/** Used only where the machine has no keychain. */
const passphrase = 'correct horse battery staple';

/** What earlier steps found out. */
type Known = {
  image: string;
  contract: string;
  record: string;
  price: bigint;
  receipt: string;
  node: string;
};

export class Scene {
  readonly folder: string;
  readonly cache: string;
  readonly bots = new Map<string, Threebot>();
  readonly known: Partial<Known> = {};

  /** Profiles go into `folder`, built images into `cache`. */
  constructor(folder: string, cache: string) {
    this.folder = folder;
    this.cache = cache;
  }

  /** A fact that an earlier step must have found. */
  need<K extends keyof Known>(key: K): Known[K] {
    const value = this.known[key];
    if (value === undefined) throw new Error(`the story has no ${key} yet`);
    return value as Known[K];
  }

  bot(name: string): Threebot {
    const found = this.bots.get(name);
    if (found === undefined) throw new Error(`${name} is not running`);
    return found;
  }

  /** A 3bot comes to be: its own process and profile, 24 words written down and checked, a key in the keychain. */
  async born(name: string): Promise<Output<'identity.create'>> {
    const bot = await startThreebot({ name, profile: join(this.folder, name) });
    this.bots.set(name, bot);
    const { words, ask } = await bot.call('identity.newWords', null);
    if (words.length !== 24) throw new Error('not 24 words');
    const { keychain } = await bot.call('identity.state', null);
    const answers = ask.map((index) => words[index] ?? '');
    return bot.call('identity.create', { name, answers, ...(keychain.isUsable ? {} : { passphrase }) });
  }

  async addressOf(name: string): Promise<string> {
    const { address } = await this.bot(name).call('identity.state', null);
    if (address === null) throw new Error(`${name} has no address`);
    return address;
  }

  /** Waits until the profile that a 3bot publishes by itself is final, in its own replica. */
  async published(name: string): Promise<void> {
    const address = await this.addressOf(name);
    await until(`${name} to be known on the grid`, async () =>
      (await this.bot(name).call('people.search', { search: name })).some((profile) => profile.address === address),
    );
  }

  async contractNow(): Promise<NonNullable<Output<'contracts.get'>>> {
    const found = await this.bot('consumer').call('contracts.get', { id: this.need('contract') });
    if (found === null) throw new Error('the contract is not there');
    return found;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.bots.values()].map((bot) => bot.stop()));
  }
}
