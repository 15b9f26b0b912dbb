// A grid for tests of faults: guardians with nats-servers of their own and members, each a process on a host of a network of its
// own. Whoever pays does so all the time; at the end everything is compared (final-check.ts).

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HeadView, ReplicaView } from '../../core/views.ts';
import { type Life, Member } from '../../scripts/lab/member.ts';
import { createNetwork, type Network } from '../../scripts/lab/network.ts';
import { Author, seedOf } from '../support/bcdb-grid.ts';
import { foundSharedGrid, type SharedFounding } from '../support/bcdb-guardians.ts';
import { until } from '../support/bcdb-replicas.ts';
import { Random } from '../support/random.ts';

export type LabGridOptions = {
  readonly guardians?: number;
  readonly members?: number;
  /** How many of the members pay; default: all. */
  readonly payers?: number;
  /** How a host's process is run, each time that it starts. */
  readonly life?: (name: string) => Life | undefined;
  /** Before a host's folder is used. */
  readonly prepare?: (folder: string, name: string) => void;
};

/** What each payer begins with, in stroops. */
export const moneyOfPayer = 10_000_000_000n;
const receiver = new Author('receiver');
/** On a busy machine everything takes its time; nothing here is a measurement. */
const patienceMs = 180_000;
const payPauseMs = 40;

/** What must be so in the middle of a fault. Throws naming it. */
export function holds(what: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`does not hold: ${what}`);
}

export class LabGrid {
  readonly random = Random.fromEnv();
  readonly network: Network;
  readonly root: string;
  readonly founding: SharedFounding;
  readonly guardians: readonly Member[];
  readonly members: readonly Member[];
  readonly payers: readonly Member[];
  readonly receiver = receiver;
  readonly #options: LabGridOptions;

  constructor(options: LabGridOptions = {}) {
    const { guardians = 4, members = 2, payers = members, prepare } = options;
    this.#options = options;
    this.network = createNetwork();
    this.root = mkdtempSync(join(tmpdir(), 'lab-grid-'));
    const names = (what: string, count: number) => Array.from({ length: count }, (_, index) => `${what}-${index}`);
    const hosts = names('guardian', guardians).map((name) => this.network.add(name));
    this.founding = foundSharedGrid(
      guardians,
      names('member', payers).map((name) => [new Author(name), moneyOfPayer] as const),
      { createdMs: Date.now(), seats: hosts.map(({ name, address }) => ({ name, route: `${address}:4222` })) },
    );
    const make = (name: string, guardianSeed?: Uint8Array): Member => {
      const folder = join(this.root, name);
      mkdirSync(folder);
      prepare?.(folder, name);
      return new Member(this.network, this.network.host(name), {
        folder: join(folder, 'replica'),
        netSeed: seedOf(`net of ${name} in ${this.root}`),
        accountSeed: seedOf(name),
        start: { how: 'open' },
        keeps: 'archive',
        indexes: 'when asked',
        ...(guardianSeed !== undefined && { guardianSeed }),
      });
    };
    this.guardians = hosts.map(({ name }, index) => make(name, this.founding.guardians[index]?.seed));
    for (const name of names('member', members)) this.network.add(name);
    this.members = names('member', members).map((name) => make(name));
    this.payers = this.members.slice(0, payers);
  }

  get all(): readonly Member[] {
    return [...this.guardians, ...this.members];
  }

  /** Everybody is there, has the first block, and pays. */
  async start(): Promise<void> {
    const { genesis } = this.founding;
    await Promise.all(this.guardians.map((guardian) => this.#run(guardian, { how: 'create', genesis, reach: 'open' })));
    await this.until('the first block', async () => (await this.heads(this.guardians)).every((head) => head !== null));
    const [first] = this.guardians;
    const invitation = (await first?.call('invitation', null)) ?? '';
    await Promise.all(this.members.map((member) => this.#run(member, { how: 'join', invitation })));
    await this.until('members to be live', async () =>
      (await this.states(this.members)).every(({ state }) => state === 'live'),
    );
    await this.pay();
    await this.until('the first payments', () => this.payers.every(({ taken }) => taken.length > 3));
  }

  #run(member: Member, start: Member['options']['start']): Promise<void> {
    return member.start(start, this.#options.life?.(member.name));
  }

  /** Starts a process again that is not there. */
  async restart(member: Member): Promise<void> {
    await this.#run(member, { how: 'open' });
    if (this.payers.includes(member)) await this.#flow(member);
  }

  async pay(): Promise<void> {
    await Promise.all(this.payers.map((payer) => this.#flow(payer)));
  }

  async #flow(payer: Member): Promise<void> {
    await payer.call('flow', { to: [receiver.key], pauseMs: payPauseMs });
  }

  states(of: readonly Member[] = this.all): Promise<readonly ReplicaView[]> {
    return Promise.all(of.map((member) => member.call('state', null)));
  }

  async heads(of: readonly Member[] = this.all): Promise<readonly (HeadView | null)[]> {
    return (await this.states(of)).map(({ head }) => head);
  }

  /** Like `until`, and tells how all stood when it did not come. */
  async until(what: string, isTrue: () => boolean | Promise<boolean>, timeoutMs = patienceMs): Promise<void> {
    const isTrueNow = async (): Promise<boolean> => {
      if (await isTrue()) return true;
      await sleep(100);
      return false;
    };
    await until(what, isTrueNow, timeoutMs).catch(async (error: unknown) => {
      throw new Error(`${String(error)}; seed ${this.random.seed}\n${await this.diagnosis()}`, { cause: error });
    });
  }

  /** How everybody stands, for a look at what went wrong. */
  async diagnosis(): Promise<string> {
    const lines = await Promise.all(
      this.all.map(async (member) => {
        const view = await member.call('state', null).catch((error: unknown) => String(error));
        const standing =
          typeof view === 'string'
            ? view
            : JSON.stringify({ ...view, head: view.head?.height, peers: view.peers.length, guardians: undefined });
        return `${member.name}: ${standing}\n    ${member.trouble.slice(-6).join('\n    ')}`;
      }),
    );
    return lines.join('\n');
  }

  /** Payers stop; everything that they handed in becomes final, and all who run get to the same height. */
  async settle(): Promise<void> {
    await Promise.all(this.payers.map((payer) => payer.call('still', null)));
    await this.until('everything to be final, and all to be at one height', async () => {
      const states = await this.states();
      const [first] = states;
      return states.every(
        ({ pendingCount, head }) => pendingCount === 0 && head !== null && head.height === first?.head?.height,
      );
    });
  }

  /** One of the payers hands in one more payment, which becomes final. Answers its id. */
  async payOne(payer: Member | undefined = this.payers[0]): Promise<string> {
    if (payer === undefined) throw new Error('nobody pays');
    const taken = payer.taken.length;
    await this.until('a payment', () => payer.taken.length > taken);
    const id = payer.taken.at(-1) ?? '';
    await this.until('it to be final', async () => (await payer.query('record', { id })) !== null);
    return id;
  }

  /** Everybody takes leave in order. */
  async stop(): Promise<void> {
    await Promise.all(this.all.map((member) => member.stop()));
  }

  async end(): Promise<void> {
    await Promise.all(this.all.map((member) => member.crash()));
    this.network.remove();
    rmSync(this.root, { recursive: true, force: true });
  }
}
