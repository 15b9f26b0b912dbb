/**
 * Shows the window in a browser of this machine: Chromium as an app window of its own, else the default browser, else
 * nothing. The one-time address goes through a file that only its owner reads, never through argv.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ticketLifeMs } from './doorkeeper.ts';

/** How the window came to be; `closed` settles when an app window of ours is closed. */
export type Opened =
  | { readonly how: 'app-window'; readonly closed: Promise<void> }
  | { readonly how: 'default-browser' }
  | { readonly how: 'none'; readonly why: string };

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'brave-browser'];

const chromiumPaths: Readonly<Record<string, readonly string[]>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

/** Quiet, apart from the person's own browser, and unable to reach anything but this machine. */
const chromiumFlags = (userData: string): readonly string[] => [
  `--user-data-dir=${userData}`,
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--disable-extensions',
  '--password-store=basic',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  '--window-size=1280,860',
  // Chromium refuses its sandbox to root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

const openers: Readonly<Record<string, string>> = { darwin: 'open', linux: 'xdg-open', win32: 'explorer' };

/** Opens the window at a one-time `address`. `folder` is the profile's, for the browser's own data. */
export async function openWindow(address: string, folder: string, env: NodeJS.ProcessEnv): Promise<Opened> {
  const hasDisplay =
    process.platform !== 'linux' || env['DISPLAY'] !== undefined || env['WAYLAND_DISPLAY'] !== undefined;
  if (!hasDisplay) return { how: 'none', why: 'no display' };
  const chromium = findCommand(chromiumNames, env) ?? chromiumPaths[process.platform]?.find((path) => existsSync(path));
  const opener = findCommand([openers[process.platform] ?? 'xdg-open'], env);
  if (chromium === undefined && opener === undefined) return { how: 'none', why: 'no browser found' };
  const redirect = pathToFileURL(await writeRedirect(address, folder)).href;
  if (chromium !== undefined) {
    const child = spawn(chromium, [`--app=${redirect}`, ...chromiumFlags(join(folder, 'window'))], {
      stdio: 'ignore',
      env,
    });
    const closed = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    return { how: 'app-window', closed };
  }
  spawn(opener ?? '', [redirect], { stdio: 'ignore', env, detached: true })
    .on('error', () => {})
    .unref();
  return { how: 'default-browser' };
}

/** A page of its owner's that leads to the address, removed when the ticket is over. */
async function writeRedirect(address: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `open-${randomBytes(8).toString('hex')}.html`);
  const html = `<!doctype html><meta charset="utf-8"><title>3Bot</title><meta http-equiv="refresh" content="0;url=${address}">`;
  await writeFile(path, html, { mode: 0o600, flag: 'wx' });
  setTimeout(() => void rm(path, { force: true }), ticketLifeMs).unref();
  return path;
}

function findCommand(names: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there or not ours to run: the next one is tried
  }
}
