// From a code to a grid: on a local network without internet, over a bootstrap node of one's own, past liars, and to nothing.

import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNet } from '../../bcdb/net/net-process.ts';
import { topicOf } from '../../bcdb/replica/join.ts';
import { encodeHello, methods } from '../../bcdb/replica/methods.ts';
import { openReplica } from '../../bcdb/replica.ts';
import type { Replica, ReplicaOptions } from '../../bcdb/replica-api.ts';
import { toHex } from '../../core/bytes.ts';
import { AppError } from '../../core/errors.ts';
import { decodeInvitation, encodeCode, encodeLink } from '../../core/invitation.ts';
import { createNetwork, type Host, type Network } from '../../scripts/lab/network.ts';
import { Author, type Founding, foundGrid, seedOf } from '../support/bcdb-grid.ts';
import { until } from '../support/bcdb-replicas.ts';
import { nodeOn } from '../support/hosts.ts';
import { needs } from '../support/needs.ts';

const threebot = fileURLToPath(new URL('../../scripts/threebot.mjs', import.meta.url));

let folder: string;
let open: Replica[] = [];
const alice = (): Author => new Author('alice');
const found = (): Founding => foundGrid([[alice(), 1000n]], { createdMs: Date.now() });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'join-'));
});
afterEach(async () => {
  await Promise.allSettled(open.map((replica) => replica.close()));
  open = [];
  await rm(folder, { recursive: true, force: true });
});

async function start(name: string, options: Partial<ReplicaOptions> & Pick<ReplicaOptions, 'start'>): Promise<Replica> {
  const replica = await openReplica({
    folder: join(folder, name),
    netSeed: seedOf(`${name} in ${folder}`),
    onError: () => undefined,
    ...options,
  });
  open.push(replica);
  return replica;
}

const guardianOf = (founding: Founding, options: Partial<ReplicaOptions> = {}): Promise<Replica> =>
  start('guardian', {
    start: { how: 'create', genesis: founding.genesis, reach: 'open' },
    guardianSeed: founding.guardian.seed,
    ...options,
  });

describe('on this machine', () => {
  it('a link leads to a local grid, past members who tell of another; the folder then needs nobody to be opened', async () => {
    const founding = found();
    const guardian = await guardianOf(founding, { start: { how: 'create', genesis: founding.genesis } });
    const link = await guardian.invitation();
    expect(link).toMatch(/^3bot:\/\/join\/[a-z2-7]{29}\?via=127\.0\.0\.1:\d+$/);
    const liar = startNet({
      folder: join(folder, 'liar'),
      seed: randomBytes(32),
      topic: topicOf(founding.grid),
      host: '127.0.0.1',
      bootstrap: [link.slice(link.indexOf('via=') + 4)],
      publish: null,
      methods,
      onRequest: async (_peer, method) => {
        if (method !== 'hello') throw new AppError('replica/not-found');
        const grid = founding.grid.with(31, (founding.grid[31] ?? 0) ^ 1);
        return encodeHello({ grid, feeds: [], peers: [], bootstrap: ['10.0.0.1:1'] });
      },
    });
    await liar.ready();
    const member = await start('member', { start: { how: 'join', invitation: link } });
    expect(toHex(member.grid)).toBe(toHex(founding.grid));
    await until('the member to be live', () => member.state().state === 'live');
    expect(await member.invitation()).toBe(link);
    expect(member.state()).toMatchObject({ quorum: { needed: 1, here: 1 }, guardians: [{ isHere: true, name: null }] });
    // It hands on blocks by a feed of its own, unless it is told not to.
    const feedsOf = async (replica: Replica): Promise<number> =>
      decodeInvitation(await replica.invitation('long')).feeds.length;
    await until('the member to have a feed of its own', async () => (await feedsOf(member)) === 2);
    const network = { helps: false };
    const selfish = await start('selfish', { start: { how: 'join', invitation: link }, network });
    await until('the other to know both feeds', async () => (await feedsOf(selfish)) === 2);
    await selfish.close();
    await member.close();
    await guardian.close();
    await liar.close();
    const again = await start('member', { start: { how: 'join', invitation: link } });
    expect(again.state().head).not.toBeNull();
    await expect(
      start('member-2', { start: { how: 'join', invitation: link }, network: { findMs: 1500 } }),
    ).rejects.toMatchObject({ code: 'grid/not-found' });
  });

  it('a code with a typo is told before anything is opened; the code of another grid does not replace this one', async () => {
    const founding = found();
    const code = encodeCode(founding.grid);
    const typo = code.replace(/.$/, (last) => (last === 'a' ? 'e' : 'a'));
    await expect(start('typo', { start: { how: 'join', invitation: typo } })).rejects.toMatchObject({
      code: 'grid/bad-invitation',
    });
    const guardian = await guardianOf(founding, { start: { how: 'create', genesis: founding.genesis } });
    await guardian.close();
    const other = encodeLink(seedOf('another grid'), ['127.0.0.1:9']);
    await expect(start('guardian', { start: { how: 'join', invitation: other } })).rejects.toMatchObject({
      code: 'grid/exists',
    });
  });
});

needs('netns')('on other machines', () => {
  let network: Network;
  let children: ChildProcess[] = [];

  beforeEach(() => {
    network = createNetwork();
  });
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children = [];
    network.remove();
  });

  const on = async (host: Host): Promise<Pick<ReplicaOptions, 'nodePath'>> => ({
    nodePath: await nodeOn(host, folder),
  });

  async function pays(member: Replica, founding: Founding): Promise<void> {
    const author = alice();
    await until('the member to be live', () => member.state().state === 'live', 60_000);
    await member.submit(author.transfer(founding.grid, founding.guardian.key, 1n));
    expect(await member.settled(toHex(author.last), 30_000)).toMatchObject({ state: 'final', code: null });
  }

  it('a code alone leads to a grid on the local network without internet, also by way of a member', async () => {
    const founding = found();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => network.add(name)) as [Host, Host, Host];
    const guardian = await guardianOf(founding, await on(a));
    const code = await guardian.invitation();
    expect(code).toBe(encodeCode(founding.grid));
    const member = await start('member', { start: { how: 'join', invitation: code }, ...(await on(b)) });
    await pays(member, founding);

    // The guardian is gone: a newcomer still gets everything, from the member.
    await guardian.close();
    const late = await start('late', { start: { how: 'join', invitation: code }, ...(await on(c)) });
    await until('the newcomer to have all', () => late.state().head?.height === member.state().head?.height, 40_000);
    expect(late.state()).toMatchObject({ state: 'offline', quorum: { needed: 1, here: 0 } });
    const back = await start('guardian', {
      start: { how: 'open' },
      guardianSeed: founding.guardian.seed,
      ...(await on(a)),
    });
    await until('the newcomer to find the guardian', () => late.state().state === 'live', 60_000);
    expect(await back.invitation()).toBe(code);
  });

  it('a link leads over a bootstrap node of one’s own, where the local network is not listened to', async () => {
    const founding = found();
    const [boot, a, b] = ['boot', 'a', 'b'].map((name) => network.add(name)) as [Host, Host, Host];
    const child = network.spawn(boot, [process.execPath, threebot, 'bootstrap', '--port=24000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await until('the bootstrap node', () => said.includes(`bootstrap: ${boot.address}:24000`));
    const settings = { bootstrap: [`${boot.address}:24000`], lan: false };
    const guardian = await guardianOf(founding, { network: settings, ...(await on(a)) });
    const link = await guardian.invitation();
    expect(link).toBe(encodeLink(founding.grid, settings.bootstrap));
    const member = await start('member', {
      start: { how: 'join', invitation: link },
      network: { lan: false },
      ...(await on(b)),
    });
    await pays(member, founding);
  });
});
