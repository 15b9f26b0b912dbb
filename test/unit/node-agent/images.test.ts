// Where images may come from, and what is left of them: over a small engine that answers on a real socket and notes every call.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectEngine } from '../../../node-agent/runtime/docker-client.ts';
import { createImages, type Images, MOST_IMAGE_BYTES } from '../../../node-agent/runtime/images.ts';

const digest = `sha256:${'d'.repeat(64)}`;
const ours = `registry.example:5000/team/web@${digest}`;
const short = `web@${digest}`;
const full = `docker.io/library/${short}`;

let folder = '';
let server: Server;
/** What the engine holds: size by reference. */
let held: Map<string, number>;
let inUse: Set<string>;
let calls: string[];
let pulledBytes = 0;
let onPull: () => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'images-'));
  [held, inUse, calls, pulledBytes, onPull] = [new Map(), new Set(), [], 1000, () => undefined];
  server = createServer((incoming, outgoing) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://engine');
    const answer = (status: number, body: unknown): void => {
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const reference = decodeURIComponent(pathname.replace(/^\/images\/(.*?)(?:\/json)?$/, '$1'));
    if (incoming.method === 'POST') {
      const wanted = `${searchParams.get('fromImage')}@${searchParams.get('tag')}`; // the client cuts it in two
      calls.push(`pull ${wanted}`);
      onPull();
      held.set(wanted, pulledBytes);
      answer(200, { status: 'done' });
    } else if (!held.has(reference)) {
      answer(404, { message: 'no such image' });
    } else if (incoming.method === 'DELETE') {
      calls.push(`remove ${reference}`);
      if (inUse.has(reference)) answer(409, { message: 'in use' });
      else answer(200, [{ Deleted: reference, was: held.delete(reference) }]);
    } else {
      answer(200, { Id: `id of ${reference}`, Size: held.get(reference), RepoDigests: [reference] });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(join(folder, 'engine.sock'), resolve);
  });
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** The images of an agent; called again, those of its next life. */
const imagesWith = (registries?: readonly string[]): Images =>
  createImages(connectEngine(join(folder, 'engine.sock'), 5000), { folder, imagesFolder: folder, registries });

const refusal = (host: string) => ({
  code: 'agent/image-unavailable',
  detail: `the farmer does not allow images from ${host}`,
  retry: false,
});

test('without the farmer’s word nothing is fetched from anywhere', async () => {
  await expect(imagesWith().ensure(ours)).rejects.toMatchObject(refusal('registry.example:5000'));
  await expect(imagesWith([]).ensure(short)).rejects.toMatchObject(refusal('docker.io'));
  const allowed = ['docker.io', 'registry.example', 'example:5000'];
  await expect(imagesWith(allowed).ensure(ours)).rejects.toMatchObject(refusal('registry.example:5000'));
  await expect(imagesWith(allowed).ensure(`10.0.0.1/web@${digest}`)).rejects.toMatchObject(refusal('10.0.0.1'));
  await expect(imagesWith(allowed).ensure(`localhost/web@${digest}`)).rejects.toMatchObject(refusal('localhost'));
  expect(calls).toEqual([]);
});

test('what the engine holds already needs no word and is never removed', async () => {
  held.set(ours, MOST_IMAGE_BYTES + 1);
  const images = imagesWith();
  expect(await images.ensure(ours)).toBe(`id of ${ours}`);
  await images.keep(new Set());
  expect(calls).toEqual([]);
});

test('an allowed registry is asked, once, by its full name', async () => {
  const images = imagesWith(['docker.io']);
  expect(await Promise.all([images.ensure(short), images.ensure(short)])).toEqual([`id of ${full}`, `id of ${full}`]);
  expect(await images.ensure(short)).toBe(`id of ${full}`);
  expect(calls).toEqual([`pull ${full}`]);
});

test('a fetched image that is too big is removed and refused for good', async () => {
  pulledBytes = MOST_IMAGE_BYTES + 1;
  const attempt = imagesWith(['registry.example:5000']).ensure(ours);
  await expect(attempt).rejects.toMatchObject({ code: 'agent/image-unavailable', retry: false });
  await expect(attempt).rejects.toThrow('at most 2 GiB');
  expect(calls).toEqual([`pull ${ours}`, `remove ${ours}`]);
  expect(held.size).toBe(0);
});

test('a fetched image goes when nothing wants it any more, over a restart too', async () => {
  await imagesWith(['docker.io']).ensure(short);
  held.set('alpine', 5);
  const next = imagesWith();
  await next.keep(new Set([short]));
  expect([...held.keys()]).toEqual([full, 'alpine']);
  inUse.add(full);
  await next.keep(new Set());
  expect([...held.keys()]).toEqual([full, 'alpine']);
  inUse.clear();
  await next.keep(new Set());
  expect([...held.keys()]).toEqual(['alpine']);
  await next.keep(new Set());
  expect(calls).toEqual([`pull ${full}`, `remove ${full}`, `remove ${full}`]);
});

test('an image whose fetching was cut off by a crash is known to the next life', async () => {
  onPull = () => server.closeAllConnections();
  await expect(imagesWith(['docker.io']).ensure(short)).rejects.toMatchObject({ retry: true });
  held.set(full, 1000);
  await imagesWith().keep(new Set());
  expect(held.size).toBe(0);
});
