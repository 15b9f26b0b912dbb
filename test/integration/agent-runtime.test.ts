// The container runtime against a real podman: limits as the kernel holds them and as the workload feels them, images,
// adoption, removal, hostile workloads. Everything is removed afterwards.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchPage } from '../../node-agent/data-plane/fetch-page.ts';
import { createContainerRuntime } from '../../node-agent/runtime/container-runtime.ts';
import type { WorkloadKey, WorkloadRequest, WorkloadRuntime } from '../../node-agent/runtime/runtime.ts';
import { buildWorkloadImage, type WorkloadImage } from '../../scripts/workload-image.ts';
import { imageCache, openTestEngine, type TestEngine } from '../support/agent-engine.ts';
import { startLyingEngine } from '../support/lying-engine.ts';
import { needs } from '../support/needs.ts';
import { familyOf, listenersOf } from '../support/processes.ts';

const mib = 2 ** 20;
const contract = 'c0ffee00'.repeat(8);

// Both wait, so that they are seen running first.
const GREEDY = 'setTimeout(() => { const kept = []; for (;;) kept.push(Buffer.alloc(1048576, 1)); }, 500);';
const LAST_WORDS = "setTimeout(() => { console.error('my last words'); process.exit(3); }, 500);";

needs('podman', 'busybox')('the container runtime', () => {
  let engine: TestEngine;
  let image: WorkloadImage;
  let runtime: WorkloadRuntime;
  let docker: Docker;
  let imagesFolder = '';

  beforeAll(async () => {
    image = await buildWorkloadImage(imageCache);
    engine = await openTestEngine();
    imagesFolder = join(engine.folder, 'images');
    mkdirSync(imagesFolder);
    copyFileSync(image.archivePath, join(imagesFolder, `${image.imageId.slice('sha256:'.length)}.tar`));
    runtime = createContainerRuntime(engine.socketPath, {
      grid: 'aa'.repeat(32),
      node: 'bb'.repeat(32),
      folder: engine.folder,
      imagesFolder,
    });
    docker = new Docker({ socketPath: engine.socketPath });
  });

  afterAll(async () => {
    for (const { key } of await runtime.list()) await runtime.remove(key, 0);
    await engine.dispose();
  });

  const requestFor = (workload: string, change: Partial<WorkloadRequest> = {}): WorkloadRequest => ({
    key: { contract, workload },
    specHash: 'spec-1',
    imageId: image.imageId,
    env: {},
    limits: { cruMilli: 500, memoryBytes: 128 * mib, pids: 64, tmpBytes: 4 * mib },
    ...change,
  });

  const page = async (key: WorkloadKey, path: string) => {
    for (let triesLeft = 100; ; triesLeft--) {
      try {
        const { body, ...rest } = await fetchPage(await runtime.connect(key), path);
        return { ...rest, text: Buffer.from(body).toString('utf8') };
      } catch (error) {
        if (triesLeft === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };

  /** Runs code in the workload before its server starts, and returns the JSON that it printed. */
  const runInside = async (workload: string, code: string, change: Partial<WorkloadRequest> = {}): Promise<unknown> => {
    const script = `const fs = await import('node:fs');\n${code}`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(script).toString('base64')}` };
    const request = requestFor(workload, { env, ...change });
    await runtime.start(request);
    const answer = async (): Promise<string | undefined> => /^\{.*\}$/m.exec(await runtime.logs(request.key, 20))?.[0];
    await expect.poll(answer, { timeout: 10_000 }).toBeDefined();
    return JSON.parse((await answer()) ?? '');
  };

  test('the engine says what it is', async () => {
    expect(await runtime.probe()).toMatchObject({ name: expect.stringContaining('Podman') });
  });

  test('an image from the images folder gets the id that was pinned, once and again', async () => {
    expect(await runtime.ensureImage(image.imageId)).toBe(image.imageId);
    expect(await runtime.ensureImage(image.imageId)).toBe(image.imageId);
  });

  test('an image that is nowhere, or is not what its name says, does not run', async () => {
    const missing = `sha256:${'0'.repeat(64)}`;
    await expect(runtime.ensureImage(missing)).rejects.toMatchObject({ code: 'agent/image-unavailable' });
    await expect(runtime.ensureImage('busybox:latest')).rejects.toMatchObject({ code: 'agent/image-unavailable' });
    const forged = 'f'.repeat(64);
    writeFileSync(join(imagesFolder, `${forged}.tar`), readFileSync(image.archivePath).subarray(0, 4096));
    await expect(runtime.ensureImage(`sha256:${forged}`)).rejects.toMatchObject({ code: 'agent/image-mismatch' });
    expect((await docker.listImages()).map(({ Id }) => Id)).toEqual([image.imageId]);
  });

  test('G31 a workload answers on its socket and feels exactly the limits that were promised', async () => {
    const request = requestFor('web');
    await runtime.start(request);
    expect(await page(request.key, '/')).toMatchObject({
      status: 200,
      contentType: 'text/html; charset=utf-8',
      text: expect.stringContaining(contract),
    });
    const health: unknown = JSON.parse((await page(request.key, '/health')).text);
    expect(health).toMatchObject({
      contract,
      workload: 'web',
      hostname: 'web',
      memoryLimitBytes: 128 * mib,
      user: 65532,
    });
    expect(await page(request.key, '/nothing')).toMatchObject({ status: 404 });
    expect(await runtime.inspect(request.key)).toEqual({ key: request.key, specHash: 'spec-1', state: 'running' });
  });

  test('inside: no network, no privileges, no place to write but small ones', async () => {
    const found = await runInside(
      'probe',
      `
      const attempt = (call) => { try { call(); return 'done'; } catch (error) { return error.code; } };
      const fill = (path) => {
        const file = fs.openSync(path, 'w');
        let kib = 0;
        const end = attempt(() => { for (; kib < 8192; kib++) fs.writeSync(file, Buffer.alloc(1024)); });
        fs.closeSync(file);
        fs.rmSync(path);
        return [kib, end];
      };
      const status = fs.readFileSync('/proc/self/status', 'utf8');
      console.log(JSON.stringify({
        capabilities: /CapBnd:\\s+(\\w+)/.exec(status)[1],
        noNewPrivileges: /NoNewPrivs:\\s+(\\w+)/.exec(status)[1],
        seccomp: /Seccomp:\\s+(\\w+)/.exec(status)[1],
        network: fs.readdirSync('/sys/class/net'),
        root: attempt(() => fs.writeFileSync('/app/x', '')),
        tmp: fill('/tmp/big'),
        socketFolder: fill('/run/workload/big'),
        varTmp: fill('/var/tmp/big'),
        run: attempt(() => fs.writeFileSync('/run/x', '')),
      }));
      `,
    );
    expect(found).toEqual({
      capabilities: '0'.repeat(16),
      noNewPrivileges: '1',
      seccomp: '2',
      network: ['lo'],
      root: 'EROFS',
      tmp: [4096, 'ENOSPC'],
      socketFolder: [256, 'ENOSPC'],
      varTmp: [64, 'ENOSPC'],
      run: 'EACCES',
    });
    await runtime.remove({ contract, workload: 'probe' }, 0);
  });

  test('G31 more memory than promised ends the workload with 137', async () => {
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(GREEDY)}` };
    const request = requestFor('greedy', { env });
    await runtime.start(request);
    await expect.poll(async () => (await runtime.inspect(request.key))?.state, { timeout: 10_000 }).toBe('failed');
    expect(await runtime.inspect(request.key)).toMatchObject({ state: 'failed', exitCode: 137 });
    await runtime.remove(request.key, 0);
  });

  test('starting again leaves a running workload alone; another spec replaces it', async () => {
    const request = requestFor('again');
    await runtime.start(request);
    const before = (await docker.listContainers({ filters: { label: ['threebot.workload=again'] } }))[0]?.Id;
    await runtime.start(request);
    expect((await docker.listContainers({ filters: { label: ['threebot.workload=again'] } }))[0]?.Id).toBe(before);
    await runtime.start({ ...request, specHash: 'spec-2' });
    expect(await runtime.inspect(request.key)).toMatchObject({ specHash: 'spec-2', state: 'running' });
    await runtime.remove(request.key, 0);
  });

  test('an image that the engine does not hold leaves nothing behind', async () => {
    const request = requestFor('broken', { imageId: `sha256:${'9'.repeat(64)}` });
    await expect(runtime.start(request)).rejects.toMatchObject({ code: 'agent/engine-failed' });
    expect(await runtime.inspect(request.key)).toBeUndefined();
    expect(readdirSync(join(engine.folder, 'workloads')).length).toBe((await runtime.list()).length);
  });

  test('limits too small to be held are refused at once: an engine could take them for none', async () => {
    for (const limits of [
      { cruMilli: 0, memoryBytes: 64 * mib, pids: 64, tmpBytes: mib },
      { cruMilli: 500, memoryBytes: 0, pids: 64, tmpBytes: mib },
    ]) {
      const request = requestFor('tiny', { limits });
      await expect(runtime.start(request)).rejects.toMatchObject({ code: 'agent/workload-failed' });
      expect(await runtime.inspect(request.key)).toBeUndefined();
    }
  });

  const withoutLimits = (body: Record<string, unknown>) => ({
    ...body,
    HostConfig: { ...(body.HostConfig as object), Memory: 0, MemorySwap: 0, NanoCpus: 0 },
  });
  const claimed = (answer: Record<string, unknown>) => ({
    ...answer,
    HostConfig: {
      ...(answer.HostConfig as object),
      Memory: 128 * mib,
      MemorySwap: 128 * mib,
      NanoCpus: 500_000_000,
    },
  });

  test.each([
    ['that ignores limits and says so', { onCreate: withoutLimits }, /memory: asked 134217728, got 0/],
    ['that ignores limits and denies it', { onCreate: withoutLimits, onInspect: claimed }, /memory: the kernel has/],
  ] as const)('an engine %s runs nothing of ours', async (_name, lies, words) => {
    const socketPath = join(engine.folder, 'lying.sock');
    const liar = await startLyingEngine(socketPath, engine.socketPath, lies);
    try {
      const scope = { grid: 'aa'.repeat(32), node: 'cc'.repeat(32), folder: engine.folder, imagesFolder };
      const betrayed = createContainerRuntime(socketPath, scope);
      const attempt = betrayed.start(requestFor('betrayed'));
      await expect(attempt).rejects.toMatchObject({
        code: 'agent/limit-mismatch',
        detail: expect.stringMatching(words),
      });
      expect(await betrayed.list()).toEqual([]);
    } finally {
      liar.closeAllConnections();
      liar.close();
    }
  });

  test('a socket that the workload turned into a link to the host’s is not followed', async () => {
    const code = `fs.symlinkSync(${JSON.stringify(engine.socketPath)}, '/run/workload/http.sock');
      console.log('{}'); setInterval(() => {}, 1000); await new Promise(() => {});`;
    await runInside('hostile', code);
    const key = { contract, workload: 'hostile' };
    await expect(runtime.connect(key)).rejects.toMatchObject({ code: 'agent/workload-unreachable' });
    await runtime.remove(key, 0);
  });

  test('what a dead workload wrote can be read, and its place is free after removal', async () => {
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(LAST_WORDS)}` };
    const request = requestFor('dying', { env });
    await runtime.start(request);
    await expect.poll(async () => (await runtime.inspect(request.key))?.state, { timeout: 10_000 }).toBe('failed');
    expect(await runtime.inspect(request.key)).toMatchObject({ exitCode: 3 });
    expect(await runtime.logs(request.key, 10)).toContain('my last words');
    await runtime.remove(request.key, 1000);
    await runtime.remove(request.key, 1000);
    expect(await runtime.inspect(request.key)).toBeUndefined();
  });

  test('containers outlive the engine’s service, and nobody listens on TCP', async () => {
    const family = familyOf(process.pid, engine.folder);
    expect(family.length).toBeGreaterThan(2);
    expect(family.flatMap(listenersOf)).toEqual([]);
    const pid = Number(readFileSync(join(engine.folder, 'engine/service.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => runtime.probe().catch(() => undefined), { timeout: 20_000 }).toBeDefined();
    expect(await runtime.inspect({ contract, workload: 'web' })).toMatchObject({ state: 'running' });
    expect((await page({ contract, workload: 'web' }, '/health')).status).toBe(200);
  });

  test('nodes see their own workloads only', async () => {
    const other = createContainerRuntime(engine.socketPath, {
      grid: 'aa'.repeat(32),
      node: 'dd'.repeat(32),
      folder: engine.folder,
      imagesFolder,
    });
    expect(await other.list()).toEqual([]);
    expect((await runtime.list()).map(({ key }) => key.workload)).toEqual(['web']);
  });
});
