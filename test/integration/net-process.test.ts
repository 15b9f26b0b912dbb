// The net process as a child: what it can see, what it listens on, and that it always comes back, or says why not.
import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Net, NetState } from '../../bcdb/net/net-api.ts';
import { createGrid, type Grid, until } from './net-members.ts';

const seed = Buffer.from('a seed that nobody else may see!');

/** Sockets of a process in one of the kernel's tables: local address in hexadecimal, and state. */
function socketsOf(
  pid: number,
  table: 'tcp' | 'tcp6' | 'udp' | 'udp6',
): { readonly address: string; readonly state: string }[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]),
  );
  const rows = readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((columns) => inodes.has(columns[9]))
    .map((columns) => ({ address: columns[1]?.split(':')[0] ?? '', state: columns[3] ?? '' }));
}

function isAlive(pid: number): boolean {
  // A zombie that nobody has collected yet is dead as well.
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

const pidOf = (net: Net): number => net.pid() ?? 0;

describe('the net process', () => {
  let grid: Grid;
  let net: Net;
  let friend: Net;
  const states: NetState[] = [];
  beforeAll(async () => {
    grid = await createGrid();
    vi.stubEnv('THREEBOT_TEST_SECRET', 'must not be passed on');
    net = await grid.start('one', { seed, publish: 'seed', onState: (state) => states.push(state) });
    friend = await grid.start('two');
    await until('a connection', () => net.peers().length === 1);
  });
  afterAll(() => grid.end());

  test('has UDP sockets on loopback only, and no TCP socket at all', () => {
    const pid = pidOf(net);
    expect([...socketsOf(pid, 'tcp'), ...socketsOf(pid, 'tcp6')]).toEqual([]);
    const udp = socketsOf(pid, 'udp');
    expect(udp.length).toBeGreaterThan(1);
    expect(new Set(udp.map(({ address }) => address))).toEqual(new Set(['0100007F']));
    expect(socketsOf(pid, 'udp6')).toEqual([]);
  });

  test('shows no secret in its arguments or environment', () => {
    const pid = pidOf(net);
    const visible = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
    expect(visible).toContain('PATH=');
    for (const secret of ['must not be passed on', seed.toString(), seed.toString('hex'), seed.toString('base64')]) {
      expect(visible).not.toContain(secret);
    }
  });

  test('comes back after a kill, with its peers, and says what happened meanwhile', async () => {
    const before = pidOf(net);
    states.length = 0;
    process.kill(before, 'SIGKILL');
    await until('the end', () => net.state().name === 'offline');
    await expect(net.publish(0, new Uint8Array(1))).rejects.toMatchObject({ code: 'net/offline', retry: true });
    await until('the network', () => net.state().name === 'online');
    expect(pidOf(net)).not.toBe(before);
    expect(states).toEqual([{ name: 'offline', reason: 'restarting' }, { name: 'online' }]);
    await until('its peer', () => net.peers().length === 1 && friend.peers().length === 1);
    expect(await net.publish(0, new Uint8Array(1))).toBe(1);
  });

  test('peers are shown with their keys, and go when they go', async () => {
    const [peer] = net.peers();
    expect(peer?.key).toEqual((await friend.ready()).netKey);
    expect(Math.abs((peer?.since ?? 0) - Date.now())).toBeLessThan(60_000);
    await friend.close();
    await until('the farewell', () => net.peers().length === 0);
    friend = await grid.start('two');
    await until('the return', () => net.peers().length === 1);
  });

  test('a damaged cache is emptied and the process starts', async () => {
    await friend.close();
    const folder = join(grid.folder('two'), 'cores', 'db');
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'damaged');
    friend = await grid.start('two');
    expect(grid.logs.join('\n')).toContain('fetched again');
  });

  test('ends when its parent is killed', async () => {
    const path = join(grid.folder('two'), 'parent.mjs');
    const client = new URL('../../bcdb/net/net-process.ts', import.meta.url);
    writeFileSync(
      path,
      `import { startNet } from ${JSON.stringify(client.href)};
      const bytes = new Uint8Array(32);
      const options = { seed: bytes, topic: bytes, host: '127.0.0.1', bootstrap: [], publish: null, methods: {} };
      const net = startNet({ ...options, folder: ${JSON.stringify(grid.folder('orphan'))}, onRequest: async () => bytes });
      await net.ready();
      process.send(net.pid());`,
    );
    const parent = fork(path, { execArgv: [] });
    const [pid] = await once(parent, 'message');
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until('the child to end', () => !isAlive(pid));
  });
});

describe('trouble at start', () => {
  let folder: string;
  let grid: Grid;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'net-'));
    grid = await createGrid();
  });
  afterAll(async () => {
    await grid.end();
    await rm(folder, { recursive: true });
  });

  test('a process that always crashes is given up after growing pauses, and tried again on resume', async () => {
    const path = join(folder, 'crash.mjs');
    writeFileSync(path, 'throw new Error("no use")');
    const states: string[] = [];
    const net = grid.launch('crashing', {
      entry: pathToFileURL(path),
      restartPausesMs: [1, 2, 3],
      onState: (state) => states.push(state.name === 'offline' ? state.reason : state.name),
    });
    await until('giving up', () => states.includes('gave-up'));
    expect(states).toEqual([...Array.from({ length: 19 }, () => 'restarting'), 'gave-up']);
    expect(grid.logs.join('\n')).toContain('no use');
    net.resume();
    await until('another try', () => states.length > 20);
    await expect(net.request(new Uint8Array(32), 'head', new Uint8Array(1), { timeoutMs: 100 })).rejects.toMatchObject({
      code: 'net/offline',
    });
  });

  test('a bootstrap port that is taken, and a folder in use, are named', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const first = await grid.start('holder');
    const port = grid.launch('port', { bootstrapPort: socket.address().port, restartPausesMs: [200] });
    const twin = grid.launch('twin', { folder: grid.folder('holder') });
    const reasonOf = (net: Net): string => {
      const state = net.state();
      return state.name === 'offline' ? state.reason : state.name;
    };
    // The holder of the folder is well; it only finds nobody, since this grid's bootstrap node never ran.
    const expected = ['port-in-use', 'folder-in-use', 'no-network'];
    await expect.poll(() => [port, twin, first].map(reasonOf), { timeout: 40_000 }).toEqual(expected);
    socket.close();
    await until('the port', () => reasonOf(port) === 'online');
  });
});
