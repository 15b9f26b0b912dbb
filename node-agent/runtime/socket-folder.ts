// The folder that a workload shares with its node: its unix socket and nothing else. As root it is a small file system in
// memory of its own, so that a workload cannot fill the farmer's disk through it; otherwise a plain folder.
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, mkdir, open, readFile, rm } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../core/errors.ts';
import { mountOf } from '../capacity/disk-kind.ts';
import { socketName } from './container-spec.ts';

const run = promisify(execFile);
const canMount = (): boolean => process.platform === 'linux' && process.getuid?.() === 0;

/** Makes an empty folder that the workload's user can write to; its parent keeps everybody else out. */
export async function prepareSocketFolder(folder: string): Promise<void> {
  await removeSocketFolder(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (canMount()) {
    await run('mount', [
      '-t',
      'tmpfs',
      '-o',
      'size=256k,nr_inodes=32,mode=0777,nosuid,nodev,noexec',
      '3bot-workload',
      folder,
    ]);
  } else {
    await chmod(folder, 0o777);
  }
}

/** Removes the folder and what is mounted on it. Fine when there is none. */
export async function removeSocketFolder(folder: string): Promise<void> {
  if (canMount()) {
    while (mountOf(await readFile('/proc/self/mountinfo', 'utf8'), folder)?.mountPoint === folder) {
      // Lazily: a container that is just ending may still hold it.
      await run('umount', ['--lazy', folder]);
    }
  }
  await rm(folder, { recursive: true, force: true });
}

/** Linux's O_PATH: opens the name itself, not what it stands for. node:fs does not name it. */
const O_PATH = 0o10000000;

/**
 * Connects to the workload's socket. The workload owns that name and could make it a link to a socket of the host: the name is
 * opened without following links, proven to be a socket, and the connection goes to what was opened, not to the name. The same
 * detour has no limit on the path's length. Throws `agent/workload-unreachable`.
 */
export async function connectToWorkload(folder: string): Promise<Socket> {
  const unreachable = (cause: unknown): AppError =>
    new AppError('agent/workload-unreachable', cause instanceof Error ? cause.message : String(cause), {
      cause,
      retry: true,
    });
  const handle = await open(join(folder, socketName), O_PATH | constants.O_NOFOLLOW).catch((cause: unknown) => {
    throw unreachable(cause);
  });
  try {
    if (!(await handle.stat()).isSocket()) throw new Error('not a socket');
    return await new Promise<Socket>((resolve, reject) => {
      const socket = createConnection(`/proc/self/fd/${handle.fd}`);
      socket.once('connect', () => resolve(socket));
      socket.once('error', reject);
    });
  } catch (cause) {
    throw unreachable(cause);
  } finally {
    await handle.close();
  }
}
