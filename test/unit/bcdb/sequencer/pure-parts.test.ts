// The parts of the sequencer that need no server: its configuration, what it may forget, and which program it takes.

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { replicasOf } from '../../../../bcdb/sequencer/epoch-stream.ts';
import { findServer, isAtLeast, natsInstallCommand } from '../../../../bcdb/sequencer/find-server.ts';
import { createForgetter } from '../../../../bcdb/sequencer/forgetter.ts';
import {
  joinRoute,
  type ServerConfig,
  serverConfigText,
  splitRoute,
} from '../../../../bcdb/sequencer/server-config.ts';

const config: ServerConfig = {
  name: 'aa',
  cluster: 'bcdb-1-0',
  paths: { store: '/p/epoch-0', pid: '/p/server.pid', ports: '/p' },
  tls: { certificate: '/p/route.pem', key: '/p/route.key', authorities: '/p/guardians.pem' },
  users: { stream: 'USTREAM', system: 'USYSTEM' },
  storeBytes: 1024,
  canSyncAlways: true,
  routes: { listen: '0.0.0.0:5222', advertise: 'a.example:5222', others: ['b.example:5222', '[::1]:5223'] },
};

describe('the configuration of a server', () => {
  test('lets clients in on loopback only, guardians over mutual TLS only', () => {
    const text = serverConfigText(config);
    expect(text).toContain('listen: "127.0.0.1:-1"');
    expect(text).toContain('verify: true');
    expect(text).toContain('routes: ["tls://b.example:5222", "tls://[::1]:5223"]');
    expect(text.match(/nkey/g)).toHaveLength(2);
    expect(text).not.toMatch(/http_port|https_port|leafnodes|gateway|websocket|mqtt/);
  });

  test('of a guardian alone opens no door to others', () => {
    expect(serverConfigText({ ...config, routes: undefined })).not.toContain('cluster {');
  });

  test('asks to flush every write only of a server that knows how', () => {
    expect(serverConfigText(config)).toContain('sync_interval: always');
    expect(serverConfigText({ ...config, canSyncAlways: false })).not.toContain('sync_interval');
  });

  test('keeps a path with quotes and backslashes one path', () => {
    const store = 'C:\\Users\\"x"\nlisten: "0.0.0.0:1"';
    const lines = serverConfigText({ ...config, paths: { ...config.paths, store } }).split('\n');
    expect(lines.filter((line) => line.startsWith('listen'))).toEqual(['listen: "127.0.0.1:-1"']);
  });

  test.each([
    ['a.example:5222', 'a.example', 5222, 'a.example:5222'],
    ['10.0.0.1:1', '10.0.0.1', 1, '10.0.0.1:1'],
    ['2001:db8::7:5222', '2001:db8::7', 5222, '[2001:db8::7]:5222'],
  ])('the route %s is host and port', (route, host, port, joined) => {
    expect(splitRoute(route)).toEqual({ host, port });
    expect(joinRoute(host, port)).toBe(joined);
  });
});

test.each([
  [1, 1],
  [3, 3],
  [4, 3],
  [5, 5],
  [6, 5],
  [7, 5],
])('%i guardians keep %i copies', (guardians, copies) => {
  expect(replicasOf(guardians)).toBe(copies);
});

describe('forgetting', () => {
  function forgetter() {
    let elapsedMs = 0;
    const purged: number[] = [];
    const it = createForgetter({
      keptMessages: 100,
      keptMs: 1000,
      everyMs: 100,
      elapsedMs: () => elapsedMs,
      purge: async (below) => void purged.push(below),
    });
    return { ...it, purged, wait: (ms: number) => (elapsedMs += ms) };
  }

  test('keeps everything that has not been there long enough', async () => {
    const { note, forget, wait, purged } = forgetter();
    note(500);
    wait(999);
    await forget(400, 500);
    expect(purged).toEqual([]);
    wait(1);
    note(900);
    // Of what has come since, the age is not known yet.
    await forget(900, 900);
    expect(purged).toEqual([501]);
  });

  test('keeps what this guardian needs and the last hundred', async () => {
    const { note, forget, wait, purged } = forgetter();
    note(500);
    wait(1000);
    await forget(50, 500);
    wait(100);
    await forget(500, 500);
    expect(purged).toEqual([50, 401]);
  });

  test('asks the server seldom, and never twice for the same', async () => {
    const { note, forget, wait, purged } = forgetter();
    note(500);
    wait(1000);
    await forget(50, 500);
    await forget(60, 500);
    wait(100);
    await forget(50, 500);
    expect(purged).toEqual([50]);
  });
});

describe('the program', () => {
  async function withProgram(says: string, use: (path: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'nats-'));
    const path = join(folder, 'nats-server');
    await writeFile(path, `#!/bin/sh\necho '${says}'\n`);
    await chmod(path, 0o755);
    await use(path).finally(() => rm(folder, { recursive: true }));
  }

  test('is taken when it is new enough, with its version', () =>
    withProgram('nats-server: v2.11.4', async (path) => {
      expect(await findServer(path)).toEqual({ path, version: [2, 11, 4] });
    }));

  test.each(['nats-server: v2.8.4', 'nats-server: v1.99.0', 'something else'])('is refused when it says %s', (says) =>
    withProgram(says, async (path) => {
      await expect(findServer(path)).rejects.toMatchObject({ code: 'guardian/no-nats-server', retry: true });
    }),
  );

  test('versions compare number by number', () => {
    expect(isAtLeast([2, 10, 0], [2, 9, 5])).toBe(true);
    expect(isAtLeast([2, 9, 0], [2, 9, 0])).toBe(true);
    expect(isAtLeast([2, 9, 9], [2, 10, 0])).toBe(false);
    expect(isAtLeast([3, 0, 0], [2, 10, 5])).toBe(true);
  });

  test.each([
    ['ID=debian\n', 'linux', 'sudo apt-get install nats-server'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'linux', 'sudo apt-get install nats-server'],
    ['ID=alpine\n', 'linux', 'sudo apk add nats-server'],
    ['', 'darwin', 'brew install nats-server'],
    ['', 'win32', 'winget install NATSAuthors.NATSServer'],
  ])('its install command on %j (%s) is %s', (osRelease, platform, command) => {
    expect(natsInstallCommand(osRelease, platform)).toBe(command);
  });

  test('an unknown system is told where the program is', () => {
    expect(natsInstallCommand('ID=plan9\n', 'linux')).toContain('https://nats.io/download');
  });
});
