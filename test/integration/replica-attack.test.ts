// An outsider who speaks the members' language against a real guardian: every method without end. Nobody else waits for it,
// it is cut off, memory stays within bounds, and records go on.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { raw } from 'compact-encoding';
import HyperDHT from 'hyperdht';
import Hyperswarm, { type NoiseStream } from 'hyperswarm';
import Protomux from 'protomux';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Replica } from '../../bcdb/replica-api.ts';
import { toHex } from '../../core/bytes.ts';
import { Author, type Founding, foundGrid } from '../support/bcdb-grid.ts';
import { createTestGrid, type TestGrid, until } from '../support/bcdb-replicas.ts';
import { familyOf } from '../support/processes.ts';

const alice = new Author('alice');
let grid: TestGrid;
let founding: Founding;
let guardian: Replica;
let member: Replica;
let bootstrap: string;
const attackers: Hyperswarm[] = [];

beforeAll(async () => {
  founding = foundGrid([[alice, 1000n]], { createdMs: Date.now() });
  grid = await createTestGrid(founding);
  guardian = await grid.guardian();
  const invitation = await guardian.invitation();
  bootstrap = invitation.slice(invitation.indexOf('via=') + 4);
  member = await grid.member('member', { how: 'join', invitation });
  await until('the member to be live', () => member.state().state === 'live');
});
afterAll(async () => {
  await Promise.all(attackers.map((swarm) => swarm.destroy({ force: true })));
  await grid.end();
});

/** A fresh identity each time, connected to the guardian. */
async function connect(): Promise<NoiseStream> {
  const dht = new HyperDHT({ bootstrap: [bootstrap], host: '127.0.0.1', firewalled: false });
  const swarm = new Hyperswarm({ dht, keyPair: HyperDHT.keyPair(randomBytes(32)) });
  attackers.push(swarm);
  return new Promise((resolve) => {
    swarm.on('connection', (stream) => {
      stream.on('error', () => undefined);
      resolve(stream);
    });
    swarm.joinPeer(guardian.net);
  });
}

/** Resident memory of all net processes of this test file, MiB. */
const memoryMiB = (): number =>
  familyOf(process.pid, grid.folder('guardian'))
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('entry-net'))
    .map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
    .reduce((sum, each) => sum + each, 0);

const question = (id: number, method: string, body: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from([id % 250, method.length]), Buffer.from(method), body]);

test.each([
  ['hello', 0],
  ['genesis', 0],
  ['head', 32],
  ['guardian', 60_000],
  ['submit', 1000],
  ['snapshot', 100],
  ['blocks', 8],
])('who asks %s without end is cut off; others pay meanwhile', async (method, bytes) => {
  const before = memoryMiB();
  const stream = await connect();
  const channel = Protomux.from(stream).createChannel({ protocol: 'threebot/rpc/1', onclose: () => undefined });
  const message = channel?.addMessage({ encoding: raw, onmessage: () => undefined });
  channel?.open();
  await sleep(100);
  const record = alice.transfer(founding.grid, founding.guardian.key, 1n);
  const paid = member.submit(record).then(() => member.settled(toHex(alice.last), 20_000));
  for (let id = 0; id < 50_000 && !stream.destroyed; id++) {
    if (message?.send(question(id, method, randomBytes(bytes))) !== true) await sleep(1);
  }
  expect(stream.destroyed).toBe(true);
  expect(await paid).toMatchObject({ state: 'final', code: null });
  expect(memoryMiB() - before).toBeLessThan(150);
  expect([guardian.state().alarm, member.state().alarm]).toEqual([null, null]);
});
