/** The browser host's window: a real Chromium on a virtual screen comes in by its one-time file, and no argument tells the ticket. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openWindow } from '../../main/browser/open-window.ts';
import { type BrowserServer, startBrowserServer } from '../../main/browser/server.ts';
import type { Shell } from '../../main/host/shell.ts';
import { listStaticFiles } from '../../main/host/static-files.ts';
import { until } from '../../scripts/lib/threebot.ts';
import { needs } from '../support/needs.ts';

let folder: string;
let server: BrowserServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'window-'));
  const pages = await mkdtemp(join(tmpdir(), 'pages-'));
  await writeFile(join(pages, 'index.html'), '<!doctype html><title>3Bot</title><script src="/line.js"></script>');
  await writeFile(join(pages, 'line.js'), 'new WebSocket("ws://" + location.host + "/ipc")');
  const shell: Shell = {
    gate: async () => ({ kind: 'output', output: null }),
    log: () => {},
    onChanged: () => () => {},
    lock() {},
    suspend: async () => {},
    resume: async () => {},
    isFarming: () => false,
  };
  server = await startBrowserServer({ shell, files: await listStaticFiles(pages), port: 0, now: Date.now });
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

it('without a display nothing is opened, and the reason is said', async () => {
  if (process.platform !== 'linux') return;
  expect(await openWindow(server.newAddress(), folder, { PATH: process.env['PATH'] })).toEqual({
    how: 'none',
    why: 'no display',
  });
  expect(await openWindow(server.newAddress(), folder, { PATH: '/nowhere', DISPLAY: ':0' })).toEqual({
    how: 'none',
    why: 'no browser found',
  });
  expect(await readdir(folder)).toEqual([]);
});

needs('chromium', 'xvfb')('the app window', () => {
  let screen: ChildProcess;
  let display: string;

  beforeEach(async () => {
    screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x860x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const pipe = screen.stdio[3];
    if (pipe === null || pipe === undefined) throw new Error('no pipe');
    const [number] = await once(pipe, 'data');
    display = `:${String(number).trim()}`;
  });

  afterEach(async () => {
    screen.kill();
    await once(screen, 'exit');
  });

  it('comes in through a file of its owner, tells no ticket to other processes, and says when it is closed', async () => {
    const address = server.newAddress();
    const ticket = new URL(address).searchParams.get('ticket') ?? '';
    const opened = await openWindow(address, folder, { ...process.env, DISPLAY: display });
    if (opened.how !== 'app-window') throw new Error(opened.how);
    const redirect = (await readdir(folder)).find((name) => name.endsWith('.html')) ?? '';
    expect((await stat(join(folder, redirect))).mode & 0o777).toBe(0o600);
    await until('the window to be connected', async () => server.windowCount() === 1, 60_000);
    const browsers = await browsersOf(folder);
    expect(browsers.length).toBeGreaterThan(0);
    for (const { cmdline, environ } of browsers) expect(cmdline + environ).not.toContain(ticket);
    for (const { pid, isMain } of browsers) if (isMain) process.kill(pid);
    await opened.closed;
  });
});

/** A file of /proc, or nothing where the process ended while it was looked at. */
const look = (...path: string[]): Promise<string> => readFile(join('/proc', ...path), 'utf8').catch(() => '');

/** The processes whose command line names this test's own browser folder. */
async function browsersOf(userData: string) {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      cmdline: await look(pid, 'cmdline'),
      environ: await look(pid, 'environ'),
    })),
  );
  return all
    .filter(({ cmdline }) => cmdline.includes(userData))
    .map((found) => ({ ...found, isMain: found.cmdline.includes('--app=') && !found.cmdline.includes('--type=') }));
}
