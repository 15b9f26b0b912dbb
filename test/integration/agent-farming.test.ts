// The whole agent with a real container engine, on a grid in memory: from a recorded contract to a page in the hands of a
// party, and back to an empty machine. Its own processes are looked at for listening sockets.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FromAgent } from '../../core/agent-link.ts';
import { fromHex } from '../../core/bytes.ts';
import type { ContractDocument } from '../../core/contract.ts';
import { publicKeyOf, verifyPortable } from '../../core/keys.ts';
import { decodeWorkloadAnswer, encodeWorkloadRequest } from '../../core/workload-http.ts';
import { type Agent, startAgent } from '../../node-agent/agent.ts';
import { createNodeKey } from '../../node-agent/records/node-key.ts';
import { removeFolder } from '../../scripts/lib/remove-folder.ts';
import { buildWorkloadImage } from '../../scripts/workload-image.ts';
import { imageCache } from '../support/agent-engine.ts';
import { createScene, netOf, type Scene, seedOf } from '../support/agent-scene.ts';
import { needs } from '../support/needs.ts';
import { familyOf, listenersOf } from '../support/processes.ts';

const mib = 2 ** 20;

needs('podman', 'busybox')('the agent with a real engine', () => {
  const node = publicKeyOf(seedOf('node'));
  const said: FromAgent[] = [];
  let folder = '';
  let scene: Scene;
  let agent: Agent;
  let ask: (method: string, peer: Uint8Array, payload: Uint8Array) => Promise<Uint8Array>;
  let image = '';

  const open = (): void => {
    const key = createNodeKey(seedOf('node'));
    const door = scene.grid.open(key.publicKey);
    ask = door.ask;
    agent = startAgent(
      {
        type: 'start',
        folder,
        imagesFolder: join(folder, 'images'),
        invitation: 'not used here',
        nodeSeed: seedOf('node'),
        farm: scene.farm,
        limits: { maxCruMilli: 1000, maxMruBytes: 1024 * mib },
        ownEngineOnly: true,
      },
      {
        openReplica: async () => door.replica,
        verify: verifyPortable,
        agentVersion: '1.0.0',
        env: process.env,
        send: (message) => {
          said.push(message);
          if (message.type === 'countersign') agent.countersigned(scene.countersign(message.statement));
        },
        log: () => undefined,
      },
      (error) => {
        throw error;
      },
    );
  };
  const status = () => said.findLast((message) => message.type === 'status')?.status;
  const expectSoon = (look: () => unknown) => {
    return expect.poll(look, { timeout: 60_000, interval: 20 });
  };
  const results = () => scene.grid.results.map(({ workload, state }) => `${workload} ${state}`);

  const page = async (contract: string, path: string, who = 'consumer', workload = 'web') => {
    const request = { contract: fromHex(contract), workload, method: 'GET', path } as const;
    const answer = decodeWorkloadAnswer(await ask('workload-http', netOf(who), encodeWorkloadRequest(request)));
    return { status: answer.status, text: Buffer.from(answer.body).toString('utf8') };
  };

  beforeAll(async () => {
    const built = await buildWorkloadImage(imageCache);
    image = built.imageId;
    folder = mkdtempSync(join(tmpdir(), '3bot-agent-'));
    mkdirSync(join(folder, 'images'));
    copyFileSync(built.archivePath, join(folder, 'images', `${image.slice('sha256:'.length)}.tar`));
    scene = await createScene();
    open();
  });

  afterAll(async () => {
    await agent.stop(true);
    await removeFolder(folder);
  });

  let document: ContractDocument;
  let contract = '';

  test('it measures the machine within the farmer’s limits and joins the farm', async () => {
    await expectSoon(() => status()?.state).toBe('running');
    expect(status()).toMatchObject({
      engine: expect.stringContaining('Podman'),
      capacity: { cruMilli: 1000, mruBytes: 1024 * mib },
      problem: null,
    });
    const key = createNodeKey(seedOf('node'));
    await expectSoon(() => scene.grid.state.get('node', key.id)?.features).toContain('container');
  });

  test('a recorded contract becomes a page for its parties, with the promised memory', async () => {
    document = scene.documentFor(node, { image });
    contract = await scene.record(document);
    await expectSoon(results).toEqual(['web ok']);
    expect(await page(contract, '/')).toMatchObject({ status: 200, text: expect.stringContaining(contract) });
    expect(JSON.parse((await page(contract, '/health', 'cosigner-b')).text)).toMatchObject({
      memoryLimitBytes: 128 * mib,
      user: 65532,
    });
  });

  test('strangers learn nothing, and nothing but a page can be asked for', async () => {
    await expect(page(contract, '/', 'stranger')).rejects.toMatchObject({ code: 'agent/not-a-party' });
    await expect(page(contract, '/', 'farmer')).rejects.toMatchObject({ code: 'agent/not-a-party' });
    await expect(page('0'.repeat(64), '/')).rejects.toMatchObject({ code: 'agent/not-a-party' });
    await expect(page(contract, '/', 'consumer', 'other')).rejects.toMatchObject({
      code: 'agent/workload-unreachable',
    });
    await expect(ask('workload-http', netOf('consumer'), Uint8Array.of(1, 2, 3))).rejects.toThrow(expect.anything());
    await expect(ask('message', netOf('consumer'), new Uint8Array())).rejects.toMatchObject({
      code: 'net/unknown-method',
    });
    await expect(page(contract, '/\r\nHost: x')).rejects.toThrow(expect.anything());
  });

  test('no process of the agent listens on TCP, the workload’s own included', async () => {
    const processes = familyOf(process.pid, folder);
    expect(processes.length).toBeGreaterThan(2); // this one, podman, conmon or the workload
    expect(processes.flatMap(listenersOf)).toEqual([]);
  });

  test('killed and started again it adopts the running container', async () => {
    const docker = new Docker({ socketPath: join(folder, 'engine/api.sock') });
    const containers = async () => (await docker.listContainers()).map(({ Id }) => Id);
    const before = await containers();
    await agent.stop(false);
    open();
    await expectSoon(() => status()?.workloads).toMatchObject([{ name: 'web', state: 'running' }]);
    expect(await containers()).toEqual(before);
    expect(results()).toEqual(['web ok']);
    expect((await page(contract, '/')).status).toBe(200);
  });

  test('a workload that dies comes back as a new container, and both words stay', async () => {
    const docker = new Docker({ socketPath: join(folder, 'engine/api.sock') });
    const [running] = await docker.listContainers();
    await docker.getContainer(running?.Id ?? '').kill();
    await expectSoon(results).toEqual(['web ok', 'web paused', 'web ok']);
    expect(scene.grid.results[1]?.detail).toContain('exit code 137');
  });

  test('an image that is nowhere fails the contract with its code', async () => {
    const id = await scene.record(scene.documentFor(node, { image: `sha256:${'0'.repeat(64)}` }, 'lost'));
    await expectSoon(() => scene.grid.contract(id)?.state).toBe('failed');
    expect(scene.grid.contract(id)?.workloads[0]).toMatchObject({ code: 'agent/image-unavailable' });
  });

  test('cancelled: no container, no mount, no folder is left', async () => {
    await scene.cancel(document);
    await expectSoon(() => scene.grid.contract(contract)?.state).toBe('ended');
    const docker = new Docker({ socketPath: join(folder, 'engine/api.sock') });
    expect(await docker.listContainers({ all: true })).toEqual([]);
    expect(readdirSync(join(folder, 'workloads'))).toEqual([]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(join(folder, 'workloads'));
    await expect(page(contract, '/')).rejects.toMatchObject({ code: 'agent/workload-unreachable' });
  });
});
