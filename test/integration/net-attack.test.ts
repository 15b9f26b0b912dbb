// An outsider who speaks the protocol, or does not, against a real net process: bounded memory, no crash, others still served.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { raw } from 'compact-encoding';
import HyperDHT from 'hyperdht';
import Hyperswarm, { type NoiseStream } from 'hyperswarm';
import Protomux from 'protomux';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Net } from '../../bcdb/net/net-api.ts';
import { createGrid, type Grid, methods } from './net-members.ts';

/** A question as it stands on the wire: id, length of the method, method, body. */
const question = (id: number, method: string, body: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from([id % 250, method.length]), Buffer.from(method), body]);

describe('an attacker', () => {
  let grid: Grid;
  let victim: Net;
  let friend: Net;
  let victimKey: Uint8Array;
  let served = 0;
  let atOnce = 0;
  let mostAtOnce = 0;
  const attackers: Hyperswarm[] = [];

  beforeAll(async () => {
    grid = await createGrid();
    victim = await grid.start('victim', {
      publish: 'seed',
      onRequest: async (_peer, _method, body) => {
        served += 1;
        mostAtOnce = Math.max(mostAtOnce, ++atOnce);
        await sleep(1);
        atOnce -= 1;
        return body;
      },
    });
    victimKey = (await victim.ready()).netKey;
    friend = await grid.start('friend');
    await friend.request(victimKey, 'head', new Uint8Array(1), { timeoutMs: 5000 });
  });
  afterAll(async () => {
    await Promise.all(attackers.map((swarm) => swarm.destroy({ force: true })));
    await grid.end();
  });

  /** A fresh identity each time, connected to the victim. */
  async function connect(): Promise<NoiseStream> {
    const dht = new HyperDHT({ bootstrap: [grid.bootstrap], host: '127.0.0.1', firewalled: false });
    const swarm = new Hyperswarm({ dht, keyPair: HyperDHT.keyPair(randomBytes(32)) });
    attackers.push(swarm);
    return new Promise((resolve) => {
      swarm.on('connection', (stream) => {
        stream.on('error', () => undefined);
        resolve(stream);
      });
      swarm.joinPeer(victimKey);
    });
  }

  /** Opens the channel with nothing between the attacker and the wire. */
  async function openChannel(stream: NoiseStream): Promise<(bytes: Uint8Array) => boolean> {
    const channel = Protomux.from(stream).createChannel({ protocol: 'threebot/rpc/1', onclose: () => undefined });
    const message = channel?.addMessage({ encoding: raw, onmessage: () => undefined });
    channel?.open();
    await sleep(100);
    return (bytes) => message?.send(bytes) ?? false;
  }

  const memoryMiB = async (): Promise<number> =>
    Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${victim.pid()}/status`, 'utf8'))?.[1]) / 1024;

  const unharmed = { isAlive: true, othersAreServed: true, isWithinLimits: true, isWithinMemory: true };

  /** Runs an attack while a friend goes on asking, and says how the victim bore it. */
  async function bear(attack: () => Promise<void>, maxServed: number): Promise<typeof unharmed> {
    const [pid, memory] = [victim.pid(), await memoryMiB()];
    served = 0;
    mostAtOnce = 0;
    const attacked = attack();
    const waits: number[] = [];
    for (let i = 0; i < 10; i++) {
      const start = performance.now();
      await friend.request(victimKey, 'head', new Uint8Array(1), { timeoutMs: 5000 });
      waits.push(performance.now() - start);
    }
    await attacked;
    return {
      isAlive: victim.pid() === pid,
      othersAreServed: Math.max(...waits) < 2000,
      isWithinLimits: served - waits.length <= maxServed && mostAtOnce <= 17,
      isWithinMemory: (await memoryMiB()) - memory < 120,
    };
  }

  test('who asks without end is refused, then cut off', async () => {
    const attack = async (): Promise<void> => {
      const stream = await connect();
      const send = await openChannel(stream);
      for (let i = 0; i < 50_000 && !stream.destroyed; i++) {
        if (!send(question(i, 'head', new Uint8Array(10)))) await sleep(1);
      }
      if (!stream.destroyed) throw new Error('all of it was listened to');
    };
    expect(await bear(attack, 6000)).toEqual(unharmed);
  });

  test('who asks for what does not exist without end is cut off as well', async () => {
    const attack = async (): Promise<void> => {
      const stream = await connect();
      const send = await openChannel(stream);
      for (let i = 0; i < 50_000 && !stream.destroyed; i++) {
        if (!send(question(i, 'nothing', new Uint8Array(10)))) await sleep(1);
      }
      if (!stream.destroyed) throw new Error('all of it was listened to');
    };
    expect(await bear(attack, 0)).toEqual(unharmed);
  });

  test('large bodies weigh by their size; one over the limit never arrives', async () => {
    const attack = async (): Promise<void> => {
      const stream = await connect();
      const send = await openChannel(stream);
      send(question(0, 'head', new Uint8Array(8 * 1024 * 1024)));
      for (let i = 0; i < 2000 && !stream.destroyed; i++) {
        if (!send(question(i, 'echo', new Uint8Array(methods.echo.requestBytes)))) await sleep(1);
      }
      if (!stream.destroyed) throw new Error('all of it was listened to');
    };
    expect(await bear(attack, 400)).toEqual(unharmed);
  });

  test('garbage ends its own connection and nothing else', async () => {
    const attack = async (): Promise<void> => {
      for (let round = 0; round < 12; round++) {
        const stream = await connect();
        if (round % 3 === 0) {
          const send = await openChannel(stream);
          send(Buffer.from([1, 255]));
          send(new Uint8Array(0));
        }
        for (let i = 0; i < 200 && !stream.destroyed; i++) stream.write(randomBytes(1 + ((i * 7) % 300)));
        // Protomux control frames with random contents reach furthest into the parsers.
        for (let i = 0; i < 200 && !stream.destroyed; i++)
          stream.write(Buffer.concat([Buffer.from([0, i % 5]), randomBytes(i)]));
        await sleep(20);
        stream.destroy();
      }
    };
    expect(await bear(attack, 0)).toEqual(unharmed);
  });
});
