// The node-agent as the app starts it: a process of its own with a replica of its own, spoken to over its pipe, following a
// real guardian, killed without warning. Containers are real.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReplica } from '../../bcdb/replica.ts';
import type { Replica } from '../../bcdb/replica-api.ts';
import { decodeFromAgent, encodeAgentLine, type FromAgent, type ToAgent } from '../../core/agent-link.ts';
import type { Bodies, RecordKind } from '../../core/bodies.ts';
import { fromHex, toHex, zero32 } from '../../core/bytes.ts';
import { type ContractDocument, documentHash, encodeDocument } from '../../core/contract.ts';
import { addressOf, publicKeyOf, sign } from '../../core/keys.ts';
import { defaultPolicy } from '../../core/policy.ts';
import { draftBytes, sealRecord } from '../../core/record.ts';
import { decodeWorkloadAnswer, encodeWorkloadRequest } from '../../core/workload-http.ts';
import { removeFolder } from '../../scripts/lib/remove-folder.ts';
import { buildWorkloadImage } from '../../scripts/workload-image.ts';
import { imageCache } from '../support/agent-engine.ts';
import { allocations, createParties, farmBody, profileBody, seedOf } from '../support/agent-scene.ts';
import { needs } from '../support/needs.ts';
import { familyOf, listenersOf } from '../support/processes.ts';

needs('podman', 'busybox')('the agent’s process', () => {
  const node = publicKeyOf(seedOf('node'));
  let folder = '';
  let image = '';
  let guardian: Replica;
  let parties: ReturnType<typeof createParties>;
  let farm = '';
  let invitation = '';
  let child: ChildProcessWithoutNullStreams;
  let log = '';
  const said: FromAgent[] = [];

  const write = async <K extends RecordKind>(person: string, kind: K, body: Bodies[K]): Promise<string> => {
    const author = publicKeyOf(seedOf(person));
    const { seq, prev } = await guardian.query('next', { author: addressOf(author) });
    const bytes = draftBytes({ grid: guardian.grid, kind, author, seq, prev, body });
    const { id } = await guardian.submit(sealRecord(bytes, sign(seedOf(person), bytes)));
    const { state, code } = await guardian.settled(id, 20_000);
    if (state !== 'final') throw new Error(`${kind} refused: ${code}`);
    return id;
  };

  const tell = (message: ToAgent): void => {
    child.stdin.write(encodeAgentLine(message));
  };

  const open = (): void => {
    const entry = join(import.meta.dirname, '../../node-agent/entry-agent.ts');
    child = spawn(process.execPath, [entry], { stdio: 'pipe', env: { PATH: process.env['PATH'], HOME: folder } });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = decodeFromAgent(line);
      said.push(message);
      if (message.type === 'countersign') {
        tell({ type: 'countersigned', signature: parties.countersign(message.statement) });
      }
    });
    tell({
      type: 'start',
      folder: join(folder, 'agent'),
      imagesFolder: join(folder, 'images'),
      invitation,
      nodeSeed: seedOf('node'),
      farm: fromHex(farm),
      limits: { maxCruMilli: 1000 },
      ownEngineOnly: true,
    });
  };

  const status = () => said.findLast((message) => message.type === 'status')?.status;
  const expectSoon = (look: () => unknown) => {
    return expect.poll(look, { timeout: 60_000, interval: 30 });
  };
  const contract = (document: ContractDocument) =>
    guardian.query('contract', { id: toHex(documentHash(encodeDocument(document))) });
  const stateOf = async (document: ContractDocument) => (await contract(document))?.workloads[0]?.state;
  const containers = async () => {
    const docker = new Docker({ socketPath: join(folder, 'agent/engine/api.sock') });
    return (await docker.listContainers({ all: true })).map(({ Id }) => Id);
  };

  const page = async (document: ContractDocument, path: string) => {
    const request = { contract: documentHash(encodeDocument(document)), workload: 'web', method: 'GET', path } as const;
    const view = await guardian.query('node', { id: toHex(node) });
    const bytes = await guardian.request(fromHex(view?.net ?? ''), 'workload-http', encodeWorkloadRequest(request));
    return Buffer.from(decodeWorkloadAnswer(bytes).body).toString('utf8');
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), '3bot-agent-process-'));
    const built = await buildWorkloadImage(imageCache);
    image = built.imageId;
    mkdirSync(join(folder, 'images'));
    copyFileSync(built.archivePath, join(folder, 'images', `${image.slice('sha256:'.length)}.tar`));
    const author = publicKeyOf(seedOf('guardian'));
    const body = {
      name: 'test',
      createdMs: Date.now(),
      guardians: [author],
      policy: { ...defaultPolicy, uptimeGraceMs: 60_000 },
      allocations: allocations(),
    };
    const genesis = draftBytes({ grid: zero32, kind: 'genesis', author, seq: 1, prev: zero32, body });
    guardian = await openReplica({
      folder: join(folder, 'guardian'),
      netSeed: seedOf('net of guardian'),
      guardianSeed: seedOf('guardian'),
      start: { how: 'create', genesis: sealRecord(genesis, sign(seedOf('guardian'), genesis)) },
      onError: (error) => {
        log += `guardian: ${error.message}\n`;
      },
    });
    parties = createParties(guardian.grid);
    // The guardian's replica is the consumer's, too: its transport key is in the consumer's profile.
    await write('consumer', 'profile', profileBody(guardian.grid, 'consumer', seedOf('net of guardian')));
    farm = await write('farmer', 'farm', farmBody());
    invitation = await guardian.invitation();
    open();
  });

  afterAll(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      tell({ type: 'stop', drain: true });
      await once(child, 'exit');
    }
    await guardian.close();
    await removeFolder(folder);
  });

  let document: ContractDocument;

  test('it joins by invitation, is countersigned, and stands in the guardian’s records as up', async () => {
    await expectSoon(async () => (await guardian.query('node', { id: toHex(node) }))?.status).toBe('up');
    await expectSoon(() => status()?.state).toBe('running');
    expect(status()).toMatchObject({ problem: null, capacity: { cruMilli: 1000 } });
  });

  test('G17 its key is neither in its arguments nor in its environment, nor in what it says', () => {
    const secret = toHex(seedOf('node'));
    for (const pid of familyOf(child.pid ?? 0, folder)) {
      const seen = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
      expect(seen).not.toContain(secret);
    }
    expect(JSON.stringify(said) + log).not.toContain(secret);
  });

  test('a contract recorded elsewhere becomes a page over Noise', async () => {
    document = parties.documentFor(node, { image });
    const body = { document: encodeDocument(document), approvals: parties.agreed(document) };
    await write('consumer', 'contract', body);
    await expectSoon(() => stateOf(document)).toBe('ok');
    expect(await page(document, '/')).toContain(toHex(documentHash(encodeDocument(document))));
  });

  test('it and all its children own no listening TCP socket', () => {
    const family = familyOf(child.pid ?? 0, join(folder, 'agent'));
    expect(family.length).toBeGreaterThan(3); // agent, net process, podman, conmon or the workload
    expect(family.flatMap(listenersOf)).toEqual([]);
  });

  test('killed without warning, the workload goes on and the next agent adopts it', async () => {
    const before = await containers();
    child.kill('SIGKILL');
    await once(child, 'exit');
    said.length = 0;
    open();
    await expectSoon(() => status()?.workloads).toMatchObject([{ name: 'web', state: 'running' }]);
    expect(await containers()).toEqual(before);
    await expectSoon(() => page(document, '/health').catch(() => '')).toContain('"uptimeSeconds"');
    const id = toHex(documentHash(encodeDocument(document)));
    const { items } = await guardian.query('history', { object: 'contract', id, limit: 50 });
    expect(items.filter(({ what }) => what === 'workload-ok')).toHaveLength(1);
  });

  test('cancelled by the delete quorum: removed, said, ended', async () => {
    await write('consumer', 'cancel', parties.ended(document));
    await expectSoon(async () => (await contract(document))?.state).toBe('ended');
    expect(await stateOf(document)).toBe('deleted');
    expect(await containers()).toEqual([]);
  });

  test('a stop with drain pauses what runs and ends the process', async () => {
    const last = parties.documentFor(node, { image });
    await write('consumer', 'contract', { document: encodeDocument(last), approvals: parties.agreed(last) });
    await expectSoon(() => stateOf(last)).toBe('ok');
    const exit = once(child, 'exit');
    tell({ type: 'stop', drain: true });
    expect(await exit).toEqual([0, null]);
    await expectSoon(() => stateOf(last)).toBe('paused');
    expect(familyOf(child.pid ?? 0, join(folder, 'agent'))).toEqual([child.pid]);
  });

  test('a first line that is no start ends it with 2, and the line is not repeated', async () => {
    const broken = spawn(process.execPath, [join(import.meta.dirname, '../../node-agent/entry-agent.ts')]);
    let words = '';
    broken.stderr.setEncoding('utf8').on('data', (text: string) => {
      words += text;
    });
    broken.stdin.write('{"type":"start","nodeSeed":"sesame"}\n');
    expect(await once(broken, 'exit')).toEqual([2, null]);
    expect(words).toContain('ipc/bad-input');
    expect(words).not.toContain('sesame');
  });
});
