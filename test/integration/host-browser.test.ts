/** The browser host over real sockets: tickets, Host and Origin, headers, files, frames. */
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { call } from '../../core/ipc/call.ts';
import { type BrowserServer, startBrowserServer } from '../../main/browser/server.ts';
import type { Shell } from '../../main/host/shell.ts';
import { listStaticFiles } from '../../main/host/static-files.ts';
import { createGate } from '../../main/ipc/gate.ts';

type Reply = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly body: string };

const contract = { echo: { back: call(v.strictObject({ amount: v.bigint() }), v.bigint()) } };

let server: BrowserServer;
let port: number;
let now: number;
let tell: (changed: unknown) => void;
let logged: string[];

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'host-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>ours</title>');
  await writeFile(join(folder, 'assets/app.js'), 'export {}');
  await writeFile(join(folder, '.env'), 'secret');
  await symlink('/etc/passwd', join(folder, 'link.html'));
  now = 1000;
  logged = [];
  const listeners = new Set<(changed: unknown) => void>();
  tell = (changed) => {
    for (const listener of listeners) listener(changed);
  };
  const log: Shell['log'] = (_level, _area, what, fields) => logged.push(`${what} ${fields?.code ?? fields?.status}`);
  const shell: Shell = {
    gate: createGate({ contract, handlers: { echo: { back: ({ amount }) => amount } }, log }),
    log,
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lock() {},
    suspend: async () => {},
    resume: async () => {},
    isFarming: () => false,
  };
  server = await startBrowserServer({ shell, files: await listStaticFiles(folder), port: 0, now: () => now });
  port = Number(new URL(server.origin).port);
});

afterEach(() => server.close());

/** A request that controls every header and does not normalize the path. */
const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { host: `127.0.0.1:${port}`, ...headers } });
    sent.on('error', reject);
    sent.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.end();
  });

const enter = async (): Promise<string> => {
  const { headers } = await ask(server.newAddress().slice(server.origin.length));
  return String(headers['set-cookie']).split(';')[0] ?? '';
};

const connect = (headers: Readonly<Record<string, string>>, path = '/ipc'): Promise<WebSocket | number> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => {});
  });

const exchange = async (cookie: string, ...frames: readonly string[]): Promise<readonly string[]> => {
  const socket = await connect({ cookie, origin: server.origin });
  if (typeof socket === 'number') throw new Error(`refused ${socket}`);
  const answers: string[] = [];
  const done = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      answers.push(data.toString());
      if (answers.length === frames.length) resolve();
    });
    socket.on('close', () => resolve());
  });
  for (const frame of frames) socket.send(frame);
  await done;
  socket.close();
  return answers;
};

describe('tickets', () => {
  it('a ticket opens once, becomes an HttpOnly Strict cookie named after the port, and leads on', async () => {
    const path = server.newAddress().slice(server.origin.length);
    const first = await ask(path);
    expect(first.status).toBe(200);
    expect(String(first.headers['set-cookie'])).toMatch(
      new RegExp(`^threebot-${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
    );
    expect((await ask(path)).status).toBe(403);
    const cookie = String(first.headers['set-cookie']).split(';')[0] ?? '';
    expect(await ask('/', { cookie })).toMatchObject({ status: 200, body: '<!doctype html><title>ours</title>' });
  });

  it('a ticket is worth nothing after 30 seconds, and a guessed one never', async () => {
    const path = server.newAddress().slice(server.origin.length);
    now += 30_000;
    expect((await ask(path)).status).toBe(403);
    expect((await ask(`/?ticket=${'A'.repeat(43)}`)).status).toBe(403);
  });

  it('without a session nothing is served', async () => {
    for (const path of ['/', '/assets/app.js', '/ipc']) expect((await ask(path)).status).toBe(403);
    expect((await ask('/', { cookie: `threebot-${port}=${'A'.repeat(43)}` })).status).toBe(403);
  });
});

describe('Host and Origin', () => {
  it.each([
    ['evil.example', 421],
    ['localhost', 421],
    ['127.0.0.1', 421],
    ['127.0.0.1:1', 421],
  ])('Host %s gets %i, even with a session', async (host, status) => {
    expect((await ask('/', { host, cookie: await enter() })).status).toBe(status);
  });

  it('a foreign or null Origin gets 403', async () => {
    const cookie = await enter();
    for (const origin of ['https://evil.example', 'null', `http://localhost:${port}`, `https://127.0.0.1:${port}`]) {
      expect((await ask('/', { origin, cookie })).status).toBe(403);
      expect(await connect({ origin, cookie })).toBe(403);
    }
  });

  it('a socket needs our Origin, a session, and its one path', async () => {
    const cookie = await enter();
    const origin = server.origin;
    expect(await connect({ cookie })).toBe(403);
    expect(await connect({ origin })).toBe(403);
    expect(await connect({ origin, cookie, host: 'evil.example' })).toBe(421);
    expect(await connect({ origin, cookie }, '/other')).toBe(404);
  });
});

describe('files', () => {
  it.each([
    '/../../etc/passwd',
    '/assets/../../x',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/link.html',
    '/.env',
    '//etc/passwd',
    '/assets',
  ])('%s is not there', async (path) => {
    const reply = await ask(path, { cookie: await enter() });
    expect(reply.status).toBe(404);
    expect(reply.body).not.toContain('root:');
  });

  it('only GET and HEAD', async () => {
    const cookie = await enter();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect((await ask('/', { cookie }, method)).status).toBe(405);
    expect(await ask('/', { cookie }, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('every answer, refusals too, carries the security headers', async () => {
    const cookie = await enter();
    for (const reply of [
      await ask('/', { cookie }),
      await ask('/assets/app.js', { cookie }),
      await ask('/'),
      await ask('/x', { cookie }),
    ]) {
      expect(reply.headers).toMatchObject({
        'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' ws://127.0.0.1:${port}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      expect(reply.headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

describe('frames', () => {
  it('answers calls in the wire format', async () => {
    const [answer] = await exchange(
      await enter(),
      '{"id":1,"channel":"echo.back","input":{"amount":{"$n":"9007199254740993"}}}',
    );
    expect(answer).toBe('{"id":1,"output":{"$n":"9007199254740993"}}');
  });

  it('G13 an unknown channel, a malformed or huge payload: refused with a code, and logged', async () => {
    const huge = JSON.stringify({ id: 4, channel: 'echo.back', input: 'x'.repeat(1_100_000) });
    const answers = await exchange(
      await enter(),
      '{"id":1,"channel":"vault.seed","input":null}',
      '{"id":2,"channel":"echo.back","input":{"amount":1}}',
      '{"id":3,"channel":"echo.back","input":{"amount":{"$n":"1"},"more":1}}',
      huge,
      'garbage',
    );
    const codes = answers.map((answer) => {
      const { id, error } = JSON.parse(answer);
      return [id, error.code];
    });
    expect(codes.toSorted((a, b) => a[0] - b[0])).toEqual([
      [-1, 'ipc/bad-input'],
      [1, 'ipc/unknown-channel'],
      [2, 'ipc/bad-input'],
      [3, 'ipc/bad-input'],
      [4, 'ipc/too-large'],
    ]);
    expect(logged.filter((line) => line.startsWith('refused ipc/'))).toHaveLength(5);
  });

  it('G13 a payload beyond any bound cuts the socket', async () => {
    expect(await exchange(await enter(), 'x'.repeat(5_000_000))).toEqual([]);
  });

  it('tells every window what changed', async () => {
    const cookie = await enter();
    const socket = await connect({ cookie, origin: server.origin });
    if (typeof socket === 'number') throw new Error('refused');
    const told = new Promise<string>((resolve) => {
      socket.on('message', (data) => resolve(data.toString()));
    });
    tell({ seq: 1, topics: ['wallet'], head: null });
    expect(await told).toBe('{"changed":{"seq":1,"topics":["wallet"],"head":null}}');
    expect(server.windowCount()).toBe(1);
    socket.close();
  });
});

it('listens on loopback only, and a taken port is named', async () => {
  expect(server.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const shell = { onChanged: () => () => {} } as unknown as Shell;
  await expect(startBrowserServer({ shell, files: new Map(), port, now: () => now })).rejects.toMatchObject({
    code: 'host/port-in-use',
  });
});
