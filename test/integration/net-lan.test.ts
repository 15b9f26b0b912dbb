// Members on a local network without internet, without any DHT node, in network namespaces: they find each other all the same.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Net, NetOptions } from '../../bcdb/net/net-api.ts';
import { startNet } from '../../bcdb/net/net-process.ts';
import { createLocalNetwork, type Host, type LocalNetwork } from '../support/namespaces.ts';
import { needs } from '../support/needs.ts';
import { methods, until } from './net-members.ts';

needs('netns')('on a local network without internet', () => {
  let network: LocalNetwork | undefined;
  let folder: string | undefined;
  let running: Net[] = [];
  const logs: string[] = [];

  afterEach(async () => {
    await Promise.all(running.map((net) => net.close()));
    running = [];
    await network?.end();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  async function launch(host: Host, topic: Uint8Array, options: Partial<NetOptions> = {}): Promise<Net> {
    folder ??= await mkdtemp(join(tmpdir(), 'lan-'));
    const seed = randomBytes(32);
    const net = startNet({
      folder: join(folder, Buffer.from(seed).toString('hex').slice(0, 8)),
      seed,
      topic,
      publish: null,
      methods,
      nodePath: host.nodePath,
      onRequest: async (_peer, _method, body) => body,
      log: (line) => logs.push(`${host.address}: ${line}`),
      ...options,
    });
    running.push(net);
    await net.ready();
    return net;
  }

  test('members of one grid connect; those of another grid, and who opted out, do not', async () => {
    network = await createLocalNetwork(4);
    const [a, b, c, d] = network.hosts;
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('no hosts');
    const topic = randomBytes(32);
    const nets = await Promise.all([launch(a, topic), launch(b, topic)]);
    const other = await launch(c, randomBytes(32));
    const shy = await launch(d, topic, { lan: false });
    const startMs = performance.now();
    await until('both to be connected', () => nets.every((net) => net.peers().length === 1), 15_000);
    console.log(performance.now() - startMs, logs);
    const answer = await nets[0]?.request((await nets[1]?.ready())?.netKey ?? a, 'echo', Buffer.from('hello'), {
      timeoutMs: 5000,
    });
    expect(Buffer.from(answer ?? []).toString()).toBe('hello');
    expect([other.peers(), shy.peers()]).toEqual([[], []]);
  });
});
