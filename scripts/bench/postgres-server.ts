// A PostgreSQL server for a bench: its own data in its own folder, reachable by a unix socket only, run by a user who is not root,
// gone afterwards. Settings are Debian's, with memory as one would give it for a table of this size.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { removeFolder } from '../lib/remove-folder.ts';

const installed = '/usr/lib/postgresql';
const startMs = 30_000;

/** Folder of the newest server's programs; undefined: none is installed. */
function programs(): string | undefined {
  if (!existsSync(installed)) return undefined;
  const versions = readdirSync(installed).filter((name) => existsSync(join(installed, name, 'bin/postgres')));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(installed, newest, 'bin');
}

/** The server refuses to run as root: then it runs as Debian's `postgres`. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim());
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** Why there can be no server here; undefined when there can. */
export const lacksPostgres = (): string | undefined =>
  programs() === undefined ? 'postgresql is not installed (apt-get install postgresql)' : undefined;

export type PostgresServer = { readonly client: Client; readonly version: string; stop(): Promise<void> };

export async function startPostgres(): Promise<PostgresServer> {
  const bin = programs();
  if (bin === undefined) throw new Error(lacksPostgres());
  // Short: a socket's path has room for about a hundred characters.
  const folder = mkdtempSync(join(tmpdir(), 'bench-pg-'));
  const user = unprivileged();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  const init = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'bench', '-A', 'trust', '--locale=C.UTF-8'], {
    ...user,
    encoding: 'utf8',
  });
  if (init.status !== 0) throw new Error(`initdb: ${init.stderr}`);
  mkdirSync(join(folder, 'socket'));
  if (user !== undefined) chownSync(join(folder, 'socket'), user.uid, user.gid);
  const settings = {
    listen_addresses: '',
    unix_socket_directories: join(folder, 'socket'),
    shared_buffers: '1GB',
    work_mem: '64MB',
    effective_cache_size: '4GB',
    random_page_cost: '1.1',
    fsync: 'off',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...args], { ...user, stdio: 'ignore' });
  const ended = once(server, 'exit');
  async function stop(): Promise<void> {
    server.kill('SIGINT');
    await ended;
    await removeFolder(folder);
  }
  const endMs = Date.now() + startMs;
  for (;;) {
    const client = new Client({ host: join(folder, 'socket'), user: 'bench', database: 'postgres' });
    try {
      await client.connect();
      const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
      const version = rows[0]?.server_version ?? '';
      const close = async (): Promise<void> => {
        await client.end();
        await stop();
      };
      return { client, version, stop: close };
    } catch (error) {
      await client.end().catch(() => undefined); // never connected
      if (Date.now() > endMs || server.exitCode !== null) {
        await stop();
        throw error;
      }
      await sleep(100);
    }
  }
}
