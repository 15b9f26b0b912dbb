/**
 * One 3bot a profile: the first start holds a socket in the profile folder, a later one is told where the window is and
 * leaves. Only the owner of the folder reaches the socket; all that it ever says is one line.
 */

import { createHash } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** What claiming a profile comes to. */
export type Claim =
  | { readonly kind: 'ours'; release(): Promise<void> }
  /** Another process has it; `line` is what it said. */
  | { readonly kind: 'taken'; readonly line: string };

/** The line of a holder that has a window of its own: no address, and asking has brought the window to the front. */
export const ownWindowLine = 'window';

const answerTimeoutMs = 5000;
const longestPath = 100;

/** Claims a profile. `onAsked` gives the line for a later start: a one-time address, say. */
export async function claimProfile(folder: string, onAsked: () => string): Promise<Claim> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { path, close } = socketPath(folder);
  const line = await ask(path);
  if (line !== undefined) {
    close();
    return { kind: 'taken', line };
  }
  // Nobody answers: a socket that is still there was left by a process that is gone.
  if (process.platform !== 'win32') await rm(path, { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`${onAsked()}\n`);
  });
  await listen(server, path);
  server.unref();
  return {
    kind: 'ours',
    async release() {
      await new Promise((resolve) => server.close(resolve));
      if (process.platform !== 'win32') await rm(path, { force: true });
      close();
    },
  };
}

/** A path short enough for a socket: some systems allow about 100 bytes. */
function socketPath(folder: string): { readonly path: string; readonly close: () => void } {
  if (process.platform === 'win32') {
    const name = createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 32);
    return { path: `\\\\.\\pipe\\3bot-${name}`, close: () => {} };
  }
  const path = join(folder, '3bot.sock');
  if (Buffer.byteLength(path) <= longestPath || process.platform !== 'linux') return { path, close: () => {} };
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${fd}/3bot.sock`, close: () => closeSync(fd) };
}

/** What the holder says, or undefined when there is none. */
function ask(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(path);
    socket.setTimeout(answerTimeoutMs, () => socket.destroy());
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      said += text;
    });
    socket.on('error', () => {}); // nobody there: `close` follows
    socket.on('close', () => resolve(said === '' ? undefined : said.trim()));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}
