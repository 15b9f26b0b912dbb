// A grid with four guardians for the pictures: real ones, farms with a hundred nodes, somebody who signs two records for one place,
// and guardians that go away one after the other. Wout looks at it through his window. Looks at no window itself.

import { join } from 'node:path';
import { countersignBytes } from '../../core/bodies.ts';
import { zero32 } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { bytesPerGb } from '../../core/units.ts';
import { Author } from '../bench/author.ts';
import type { Scene } from '../demo/scene.ts';
import type { Member } from '../lab/member.ts';
import { freePort } from '../lib/free-port.ts';
import { until } from '../lib/threebot.ts';
import { startGuardian } from './guardian-members.ts';

const seats = ['Alice in Ghent', 'Bob in Lyon', 'Carol in Porto', 'Dave in Oslo'] as const;
const places = [
  ['Kitchen rack', 'BE', 'Lochristi'],
  ['Loft under the roof', 'NL', 'Utrecht'],
  ['Harbour shed', 'DE', 'Emden'],
  ['Old mill', 'FR', 'Lyon'],
  ['Garden house', 'BE', 'Ghent'],
  ['Northern light', 'NO', 'Oslo'],
  ['River racks', 'PT', 'Porto'],
  ['Lakeside', 'CH', 'Zürich'],
  ['School cellar', 'BE', 'Ghent'],
  ['Green tower', 'KE', 'Nairobi'],
] as const;
const nodesPerFarm = 12;
const dayMs = 86_400_000;

const farmers = places.map(([name]) => new Author(`farmer of ${name}`));
const nodes = places.flatMap(([name]) => Array.from({ length: nodesPerFarm }, (_, at) => new Author(`${name} ${at}`)));
const payer = new Author('payer');

/** From a small board to a server, the same in every run. */
function capacityOf(at: number) {
  const cores = [2, 4, 8, 8, 16, 24, 32, 64][at % 8] ?? 2;
  const [gbPerCore = 1, ssd = 64, disk = 0] =
    [
      [1, 250, 0],
      [2, 64, 0],
      [4, 960, 2000],
      [8, 1920, 8000],
    ][at % 4] ?? [];
  return {
    cruMilli: cores * 1000,
    mruBytes: cores * gbPerCore * bytesPerGb,
    sruBytes: ssd * bytesPerGb,
    hruBytes: disk * bytesPerGb,
  };
}

export class GuardedGrid {
  readonly #scene: Scene;
  readonly #guardians: Member[] = [];
  #grid: Uint8Array = zero32;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Four guardians found it, farms fill it, Wout joins. */
  async found(): Promise<void> {
    const creator = new Author('creator');
    const routes = await Promise.all(seats.map(async (name) => ({ name, route: `127.0.0.1:${await freePort()}` })));
    const { bytes: genesis } = creator.write(zero32, 'genesis', {
      name: 'Four corners',
      createdMs: Date.now(),
      guardians: seats.map((name) => new Author(name).key),
      seats: routes,
      policy: { ...defaultPolicy, uptimeGraceMs: dayMs },
      allocations: [payer, ...farmers, ...nodes].map(({ key }) => ({ to: key, amountStroops: 10n ** 10n })),
    });
    this.#grid = creator.last;
    let first: string | undefined;
    for (const name of seats) {
      const start = { how: 'create', genesis, reach: 'local' } as const;
      const guardian = await startGuardian(name, join(this.#scene.folder, name), start, first);
      this.#guardians.push(guardian);
      first ??= await guardian.call('invitation', null);
    }
    await until(
      'the first block on all four',
      async () => (await Promise.all(this.#guardians.map(heightOf))).every((height) => height >= 0),
      120_000,
    );
    await this.#fill();
    await this.#scene.born('Wout');
    await this.#scene.bot('Wout').call('grid.join', { invitation: first ?? '' });
    await this.#scene.published('Wout');
  }

  async #fill(): Promise<void> {
    const grid = this.#grid;
    for (const [index, farmer] of farmers.entries()) {
      const [name, country, city] = places[index] ?? places[0];
      const prices = { cuHourStroops: BigInt(20 + 5 * index) * 10_000n, suHourStroops: BigInt(10 + index) * 10_000n };
      const accept = { auto: true, minTermSeconds: 3600, blocked: [] };
      await this.#submit(
        farmer.write(grid, 'farm', { name, place: { country, city }, prices, payout: farmer.key, accept }).bytes,
      );
      for (const [at, node] of nodes.slice(index * nodesPerFarm, (index + 1) * nodesPerFarm).entries()) {
        const features = at % 5 === 0 ? ['arch:x64', 'container', 'gpu'] : ['arch:x64', 'container'];
        const said = { farm: farmer.last, capacity: capacityOf(index + at), features, net: node.seed };
        const countersignature = farmer.sign(countersignBytes({ grid, node: node.key, ...said }));
        await this.#submit(node.write(grid, 'node', { ...said, agentVersion: '0.1.0', countersignature }).bytes);
      }
    }
    await until('all to be final', async () => (await this.#first().call('state', null)).pendingCount === 0, 120_000);
  }

  #first(): Member {
    const [first] = this.#guardians;
    if (first === undefined) throw new Error('no guardian');
    return first;
  }

  #submit(record: Uint8Array): Promise<string> {
    return this.#first().call('submit', record);
  }

  /** One key signs two records for one place of its chain; Wout gets to see both. */
  async lie(): Promise<void> {
    const [honest, forked] = [new Author('two machines'), new Author('two machines')];
    const pay = (from: Author, amountStroops: bigint): Uint8Array =>
      from.write(this.#grid, 'transfer', { to: payer.key, amountStroops }).bytes;
    await this.#submit(payer.write(this.#grid, 'transfer', { to: honest.key, amountStroops: 10n ** 8n }).bytes);
    await this.#submit(pay(honest, 1n));
    const wout = this.#scene.bot('Wout');
    await until('the first one', async () => (await this.#first().call('state', null)).pendingCount === 0, 60_000);
    await until(
      'the two to be told apart',
      async () => {
        await wout.call('grid.submit', { record: pay(forked, 2n) }).catch((error: unknown) => {
          if (!(error instanceof AppError)) throw error;
        });
        await this.#submit(pay(honest, 3n));
        await new Promise((resolve) => setTimeout(resolve, 1000));
        return (await wout.call('grid.evidence', { limit: 1 })).items.length > 0;
      },
      60_000,
    );
  }

  /** Stops guardians until so many are left, and waits until Wout has noticed. */
  async leave(left: number): Promise<void> {
    while (this.#guardians.length > left) await this.#guardians.pop()?.stop();
    const wout = this.#scene.bot('Wout');
    const state = left < 3 ? 'waiting' : 'live';
    await until(
      `${left} to be here`,
      async () => {
        const view = await wout.call('grid.state', null);
        return view?.quorum.here === left && view.state === state;
      },
      180_000,
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#guardians.map((guardian) => guardian.stop()));
  }
}

const heightOf = async (guardian: Member): Promise<number> => (await guardian.call('state', null)).head?.height ?? -1;
