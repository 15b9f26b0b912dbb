// The agent's logic on a grid in memory with the real rules: what it runs, what it says, what it refuses, and that a crash at
// any moment neither doubles nor loses anything. Containers are faked here; the real ones are in test/integration.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { publicKeyOf, verifyPortable } from '../../../core/keys.ts';
import type { Policy } from '../../../core/policy.ts';
import { type Farming, openFarming } from '../../../node-agent/farming.ts';
import { announce } from '../../../node-agent/records/announce.ts';
import { createAuthor } from '../../../node-agent/records/author.ts';
import { createNodeKey } from '../../../node-agent/records/node-key.ts';
import { createStatusBoard } from '../../../node-agent/status.ts';
import { createScene, type Scene, seedOf } from '../../support/agent-scene.ts';
import { createFakeRuntime, type FakeRuntime } from '../../support/fake-runtime.ts';

const gib = 2 ** 30;
const capacity = { cruMilli: 2000, mruBytes: 4 * gib, sruBytes: 100 * gib, hruBytes: 0 };
const node = publicKeyOf(seedOf('node'));

let folder = '';
let scene: Scene;
let runtime: FakeRuntime;
let farming: Farming;
let status: { problem: unknown; workloads: readonly unknown[] };

/** The agent's part after replica and engine are there; called again, it is the next life of the same node. */
async function farm(): Promise<void> {
  const key = createNodeKey(seedOf('node'));
  const { replica } = scene.grid.open(key.publicKey);
  const author = createAuthor(replica, key);
  const board = createStatusBoard(key.id, 0, (message) => {
    if (message.type === 'status') status = message.status;
  });
  await announce({
    replica,
    author,
    verify: verifyPortable,
    nodePublicKey: key.publicKey,
    farm: scene.farm,
    capacity,
    features: ['container'],
    agentVersion: '1.0.0',
    folder,
    askFarmer: async (statement) => scene.countersign(statement),
  });
  farming = await openFarming({
    replica,
    runtime,
    key,
    author,
    verify: verifyPortable,
    folder,
    board,
    log: () => undefined,
  });
}

async function open(policy: Partial<Policy> = {}): Promise<void> {
  scene = await createScene(policy);
  runtime = createFakeRuntime();
  await farm();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'farming-'));
  await open();
});

afterEach(async () => {
  await farming.stop(false);
  rmSync(folder, { recursive: true });
});

const said = () => scene.grid.results.map(({ state, code }) => (code === undefined ? state : `${state} ${code}`));
const expectSoon = (look: () => unknown) => {
  return expect.poll(look, { timeout: 8000, interval: 20 });
};

test('a contract that stands is run with its limits and reported once', async () => {
  const id = await scene.record(scene.documentFor(node, { env: { GREETING: 'hi' }, command: ['--port', '1'] }));
  await expectSoon(() => scene.grid.contract(id)?.state).toBe('running');
  expect(runtime.starts).toHaveLength(1);
  expect(runtime.starts[0]).toMatchObject({
    key: { contract: id, workload: 'web' },
    env: { GREETING: 'hi' },
    command: ['--port', '1'],
    limits: { cruMilli: 500, memoryBytes: 128 * 2 ** 20 },
  });
  farming.wake(0);
  scene.grid.cut();
  await expectSoon(() => status.workloads).toMatchObject([{ name: 'web', state: 'running' }]);
  expect(said()).toEqual(['ok']);
  expect(farming.used()).toMatchObject({ cruMilli: 500 });
});

test('trouble of the engine is tried again and never reported as the workload’s', async () => {
  runtime.startErrors.push(new AppError('agent/engine-failed', 'busy', { retry: true }));
  const id = await scene.record(scene.documentFor(node));
  await expectSoon(() => scene.grid.contract(id)?.state).toBe('running');
  expect(said()).toEqual(['ok']);
});

test('what cannot get better is reported with its code, and the money goes back', async () => {
  runtime.imageErrors.push(new AppError('agent/image-unavailable', 'nowhere'));
  const id = await scene.record(scene.documentFor(node));
  await expectSoon(() => said()).toEqual(['error agent/image-unavailable', 'deleted']);
  expect(scene.grid.contract(id)).toMatchObject({ state: 'failed', earned: 0n, locked: 0n, refunded: 360_000_000n });
  expect(runtime.starts).toEqual([]);
});

test('images of contracts are kept until they are over', async () => {
  const document = scene.documentFor(node);
  const image = document.workloads[0]?.image;
  await scene.record(document);
  await expectSoon(() => runtime.keptImages).toEqual([image]);
  await scene.cancel(document);
  await expectSoon(() => runtime.keptImages).toEqual([]);
});

test('a workload that dies is paused with its reason, comes back, and every word stays (G5)', async () => {
  await scene.record(scene.documentFor(node));
  await expectSoon(said).toEqual(['ok']);
  runtime.kill('web', 137);
  farming.wake(0);
  await expectSoon(said).toEqual(['ok', 'paused agent/workload-failed', 'ok']);
  expect(scene.grid.results[1]?.detail).toBe('exit code 137 (killed, most often for memory): last words');
  expect(runtime.starts).toHaveLength(2);
});

test('a container that somebody took away is missed, said and made anew', async () => {
  await scene.record(scene.documentFor(node));
  await expectSoon(said).toEqual(['ok']);
  runtime.wipe();
  farming.wake(0);
  await expectSoon(said).toEqual(['ok', 'paused agent/workload-failed', 'ok']);
});

test('an agent that was killed adopts what runs: nothing is started or said twice', async () => {
  const id = await scene.record(scene.documentFor(node));
  await expectSoon(said).toEqual(['ok']);
  await farming.stop(false);
  await farm();
  await scene.record(scene.documentFor(node, {}, 'second'));
  await expectSoon(said).toEqual(['ok', 'ok']);
  expect(runtime.starts.map(({ key }) => key.workload)).toEqual(['web', 'second']);
  expect(scene.grid.contract(id)?.state).toBe('running');
});

test('a result that was handed in before a crash is not handed in again', async () => {
  scene.grid.setCutting(true);
  const document = scene.documentFor(node);
  await scene.record(document);
  scene.grid.setCutting(false);
  await expectSoon(() => runtime.starts.length).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 100)); // `ok` is in the outbox, and stays there
  await farming.stop(false);
  const again = farm();
  await new Promise((resolve) => setTimeout(resolve, 100));
  scene.grid.setCutting(true);
  await again;
  farming.wake(0);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(said()).toEqual(['ok']);
});

test('a damaged journal is set aside, not obeyed', async () => {
  await farming.stop(false);
  writeFileSync(join(folder, 'journal.json'), '{"version":1,"state":{"x":');
  await farm();
  await scene.record(scene.documentFor(node));
  await expectSoon(said).toEqual(['ok']);
});

test('a cancelled contract: the container goes, then `deleted` is said', async () => {
  const document = scene.documentFor(node);
  const id = await scene.record(document);
  await expectSoon(said).toEqual(['ok']);
  await scene.cancel(document);
  await expectSoon(said).toEqual(['ok', 'deleted']);
  expect(await runtime.list()).toEqual([]);
  expect(scene.grid.contract(id)).toMatchObject({ state: 'ended', reason: 'deleted-by-quorum', locked: 0n });
});

test('a container of a contract that is over, found after a long absence, goes as well', async () => {
  const document = scene.documentFor(node);
  await scene.record(document);
  await expectSoon(said).toEqual(['ok']);
  await farming.stop(false);
  await scene.cancel(document);
  scene.grid.cut(Date.now() + 120_000);
  await farm();
  await expectSoon(said).toEqual(['ok', 'deleted']);
  expect(await runtime.list()).toEqual([]);
});

test('more than the node has announced is refused even if the records allow it', async () => {
  await scene.record(scene.documentFor(node, {}, 'first'));
  await expectSoon(said).toEqual(['ok']);
  const known = scene.grid.state.get('node', createNodeKey(seedOf('node')).id);
  expect(known).toBeDefined();
  if (known === undefined) return;
  await scene.record(scene.documentFor(node, {}, 'second'));
  scene.grid.state.put('node', known.id, { ...known, capacity: { ...capacity, cruMilli: 700 } });
  await expectSoon(said).toContain('error node/no-capacity');
  await expectSoon(async () => (await runtime.list()).map(({ key }) => key.workload)).toEqual(['first']);
});

test('draining pauses, says why and stops; the next start takes up the work', async () => {
  const id = await scene.record(scene.documentFor(node));
  await expectSoon(said).toEqual(['ok']);
  await farming.stop(true);
  expect(said()).toEqual(['ok', 'paused agent/not-farming']);
  expect(await runtime.list()).toEqual([]);
  await farm();
  await expectSoon(said).toEqual(['ok', 'paused agent/not-farming', 'ok']);
  expect(scene.grid.contract(id)?.state).toBe('running');
});
