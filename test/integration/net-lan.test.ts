// Members on a local network without internet, without any DHT node, on hosts of their own: they find each other all the same.

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Net, NetOptions } from '../../bcdb/net/net-api.ts';
import { startNet } from '../../bcdb/net/net-process.ts';
import { createNetwork, type Host, type Network } from '../../scripts/lab/network.ts';
import { nodeOn } from '../support/hosts.ts';
import { needs } from '../support/needs.ts';
import { methods, until } from './net-members.ts';

const floodEntry = fileURLToPath(new URL('./entry-lan-flood.ts', import.meta.url));

needs('netns')('on a local network without internet', () => {
  let network: Network;
  let folder: string;
  let running: Net[] = [];

  beforeEach(async () => {
    network = createNetwork();
    folder = await mkdtemp(join(tmpdir(), 'lan-'));
  });
  afterEach(async () => {
    await Promise.all(running.map((net) => net.close()));
    running = [];
    network.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function launch(host: Host, topic: Uint8Array, options: Partial<NetOptions> = {}): Promise<Net> {
    const seed = randomBytes(32);
    const net = startNet({
      folder: join(folder, seed.toString('hex').slice(0, 8)),
      seed,
      topic,
      publish: null,
      methods,
      nodePath: await nodeOn(host, folder),
      onRequest: async (_peer, _method, body) => body,
      ...options,
    });
    running.push(net);
    await net.ready();
    return net;
  }

  const memoryMiB = async (net: Net): Promise<number> =>
    Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${net.pid()}/status`, 'utf8'))?.[1]) / 1024;
  const isConnected = (...nets: readonly Net[]): boolean => nets.every((net) => net.peers().length === nets.length - 1);
  async function echo(from: Net, to: Net): Promise<string> {
    const { netKey } = await to.ready();
    const answer = await from.request(netKey, 'echo', Buffer.from('hello'), { timeoutMs: 5000 });
    return Buffer.from(answer).toString();
  }

  test('members of one grid connect, also two on one host; of another grid, or who opted out, nobody does', async () => {
    const topic = randomBytes(32);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => network.add(name)) as [Host, Host, Host, Host];
    const nets = await Promise.all([launch(a, topic), launch(b, topic), launch(b, topic)]);
    const [first, second] = nets as [Net, Net, Net];
    const other = await launch(c, randomBytes(32));
    const shy = await launch(d, topic, { lan: false });
    await until('all three to be connected', () => isConnected(...nets));
    expect(await echo(first, second)).toBe('hello');
    expect(nets.map((net) => net.state().name)).toEqual(['online', 'online', 'online']);
    await until('the others to say that they have nobody', () => other.state().name === 'offline');
    expect([other.peers(), shy.peers()]).toEqual([[], []]);
  });

  test('G20 who slept, and whose cable was out, is found again without a restart', async () => {
    const topic = randomBytes(32);
    const [a, b] = ['a', 'b'].map((name) => network.add(name)) as [Host, Host];
    const [first, second] = (await Promise.all([launch(a, topic), launch(b, topic)])) as [Net, Net];
    await until('both to be connected', () => isConnected(first, second));

    second.suspend();
    await until('the first to be alone', () => first.peers().length === 0);
    second.resume();
    await until('both to be connected again', () => isConnected(first, second));
    expect(await echo(first, second)).toBe('hello');

    const pids = [first.pid(), second.pid()];
    network.unplug(b);
    await until('both to be alone', () => first.peers().length === 0 && second.peers().length === 0);
    await sleep(2000);
    network.plugIn(b);
    await until('both to be connected once more', () => isConnected(first, second), 60_000);
    expect(await echo(second, first)).toBe('hello');
    expect([first.pid(), second.pid()]).toEqual(pids);
  });

  test.each(['noise', 'name', 'member'])('a flood of multicast (%s) costs neither memory nor friends', async (how) => {
    const topic = randomBytes(32);
    const [a, b, c] = ['a', 'b', 'stranger'].map((name) => network.add(name)) as [Host, Host, Host];
    const [victim, friend] = (await Promise.all([launch(a, topic), launch(b, topic)])) as [Net, Net];
    await until('both to be connected', () => isConnected(victim, friend));
    const [pid, before] = [victim.pid(), await memoryMiB(victim)];
    const flood = network.spawn(c, [process.execPath, floodEntry, topic.toString('hex'), how, '6000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    flood.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const waits: number[] = [];
    while (!said.includes('sent')) {
      const startMs = performance.now();
      await echo(friend, victim);
      waits.push(performance.now() - startMs);
      await sleep(100);
    }
    expect(Number(said.split(' ')[1])).toBeGreaterThan(5000);
    expect({
      isAlive: victim.pid() === pid,
      isFriendServed: Math.max(...waits) < 3000,
      isWithinMemory: (await memoryMiB(victim)) - before < 60,
      isNobodyElseThere: victim.peers().length === 1,
    }).toEqual({ isAlive: true, isFriendServed: true, isWithinMemory: true, isNobodyElseThere: true });
    // And a friend who comes now is still found.
    const late = await launch(b, topic);
    await until('the late one to be connected', () => late.peers().length === 2, 40_000);
  });

  test('a machine without any network connects the programs on it', async () => {
    const topic = randomBytes(32);
    const alone = network.add('alone');
    network.unplug(alone);
    const nets = await Promise.all([launch(alone, topic), launch(alone, topic)]);
    await until('both to be connected', () => isConnected(...nets));
    expect(await echo(...(nets as [Net, Net]))).toBe('hello');
  });
});
