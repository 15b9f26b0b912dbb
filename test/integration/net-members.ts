// Real members of a small loopback grid for the net tests: each with its own net process and folder, all ended together.
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Net, NetOptions } from '../../bcdb/net/net-api.ts';
import { startNet } from '../../bcdb/net/net-process.ts';
import type { NetMethods } from '../../bcdb/net/protocol.ts';

export const methods = {
  echo: { requestBytes: 64 * 1024, answerBytes: 64 * 1024 },
  head: { requestBytes: 4096, answerBytes: 4096 },
} satisfies NetMethods;

/** A UDP port that was free a moment ago. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Waits until `isTrue`, or fails naming what it waited for. */
export async function until(what: string, isTrue: () => boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await sleep(10);
  }
}

export type Grid = {
  /** The same name again is the same member: same keys, same folder. The first one carries the bootstrap node. */
  start(name: string, options?: Partial<NetOptions>): Promise<Net>;
  /** The same, without waiting for it. */
  launch(name: string, options?: Partial<NetOptions>): Net;
  folder(name: string): string;
  readonly logs: string[];
  /** What an outsider needs to know to connect. */
  readonly topic: Uint8Array;
  readonly bootstrap: string;
  end(): Promise<void>;
};

export async function createGrid(): Promise<Grid> {
  const folder = await mkdtemp(join(tmpdir(), 'net-'));
  const port = await freePort();
  const topic = randomBytes(32);
  const seeds = new Map<string, Uint8Array>();
  const running: Net[] = [];
  const logs: string[] = [];
  let first: string | undefined;
  function launch(name: string, options: Partial<NetOptions> = {}): Net {
    first ??= name;
    const seed = seeds.get(name) ?? randomBytes(32);
    seeds.set(name, seed);
    const net = startNet({
      folder: join(folder, name),
      seed,
      topic,
      host: '127.0.0.1',
      ...(name === first ? { bootstrapPort: port } : { bootstrap: [`127.0.0.1:${port}`] }),
      publish: null,
      methods,
      onRequest: async (_peer, _method, body) => body,
      log: (line) => logs.push(`${name}: ${line}`),
      ...options,
    });
    running.push(net);
    return net;
  }

  return {
    logs,
    topic,
    bootstrap: `127.0.0.1:${port}`,
    folder: (name) => join(folder, name),
    launch,
    async start(name, options) {
      const net = launch(name, options);
      await net.ready();
      return net;
    },
    async end() {
      await Promise.all(running.map((net) => net.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
