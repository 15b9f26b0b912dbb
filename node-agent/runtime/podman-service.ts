// A podman API service of our own, for machines that have podman but no engine running: started under the agent's folder,
// supervised with growing pauses, on a unix socket that only this user can reach. Its containers outlive it. Linux only.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import { endOwnProcess } from './own-process.ts';
import { type PodmanPlaces, podmanArguments, podmanConfig } from './podman-arguments.ts';
import { placeRunFolder } from './run-folder.ts';

/** What the service needs. `isAnswering` tells whether an engine answers on a socket. */
export interface PodmanOptions {
  readonly podman: string;
  readonly runc: string | undefined;
  /** Holds images, containers, state and log of the service. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isAnswering: (socketPath: string) => Promise<boolean>;
}

/** A running, supervised service. */
export interface PodmanService {
  readonly socketPath: string;
  stop(): Promise<void>;
}

/** A unix socket's path holds at most 107 bytes and a zero. */
const MAX_SOCKET_PATH = 107;
const START_TIMEOUT_MS = 20_000;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;

/** Starts the service and waits until it answers. Throws `agent/engine-failed` with the end of its log. */
export async function startPodmanService(options: PodmanOptions): Promise<PodmanService> {
  const { folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await endLeftover(folder);
  const runFolder = placeRunFolder(folder, options.env['XDG_RUNTIME_DIR']);
  forgetEarlierBoot(folder, runFolder);
  const socketPath = placeSocket(folder);
  const places = { folder, runFolder, socketPath };
  writeFileSync(join(folder, 'containers.conf'), podmanConfig, { mode: 0o600 });
  const stopping = new AbortController();
  let child = launch(options, places);

  const isUp = async (): Promise<boolean> => {
    const untilMs = performance.now() + START_TIMEOUT_MS;
    while (!stopping.signal.aborted && child.exitCode === null && performance.now() < untilMs) {
      if (existsSync(socketPath) && (await options.isAnswering(socketPath))) return true;
      await sleep(50);
    }
    return false;
  };

  const supervise = async (): Promise<void> => {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      await ended(child);
      const waited = sleep(pauseMs, true, { signal: stopping.signal, ref: false });
      if (!(await waited.catch(() => false))) return;
      child = launch(options, places);
      if (await isUp()) pauseMs = FIRST_PAUSE_MS / 2;
    }
  };

  const stop = async (): Promise<void> => {
    stopping.abort();
    if (child.pid !== undefined) await endOwnProcess(child.pid, socketPath);
    await ended(child);
    for (const file of [pidFile(folder), socketPath]) rmSync(file, { force: true });
  };

  if (!(await isUp())) {
    await stop();
    throw new AppError('agent/engine-failed', `podman service: ${readFileSync(logFile(folder), 'utf8').slice(-400)}`);
  }
  void supervise();
  return { socketPath, stop };
}

const pidFile = (folder: string): string => join(folder, 'service.pid');
const logFile = (folder: string): string => join(folder, 'service.log');

function launch({ podman, runc, env }: PodmanOptions, places: PodmanPlaces): ChildProcess {
  const { folder, socketPath } = places;
  rmSync(socketPath, { force: true });
  const log = openSync(logFile(folder), 'w', 0o600);
  const child = spawn(podman, podmanArguments(places, runc, hostTraits()), {
    stdio: ['ignore', log, log],
    // Its own session: a Ctrl-C meant for us must not end it before we let go of it.
    detached: true,
    // Conmon leaves notes in the folder in which it was started.
    cwd: folder,
    env: {
      ...pick(env, ['PATH', 'HOME', 'XDG_RUNTIME_DIR']),
      CONTAINERS_CONF: join(folder, 'containers.conf'),
      TMPDIR: folder,
    },
  });
  closeSync(log);
  // Without a listener a binary that cannot be started would end the agent; `ended` sees it by the missing pid.
  child.once('error', (error) => writeFileSync(logFile(folder), error.message));
  if (child.pid !== undefined) writeFileSync(pidFile(folder), `${child.pid}\n${socketPath}`);
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** The socket lies in the folder, or in a new private folder (mkdtemp: 0700) when that path would be too long. */
function placeSocket(folder: string): string {
  const wanted = join(folder, 'api.sock');
  return Buffer.byteLength(wanted) <= MAX_SOCKET_PATH ? wanted : join(mkdtempSync(join(tmpdir(), '3bot-')), 'api.sock');
}

/** A service that an earlier, killed agent left behind is ended: each agent supervises its own. */
async function endLeftover(folder: string): Promise<void> {
  // Two lines; a crash while writing leaves less, and then nothing can be proven to be ours.
  const [pid, socketPath] = readIfThere(pidFile(folder)).split('\n');
  if (Number(pid) > 1 && socketPath !== undefined && socketPath !== '') await endOwnProcess(Number(pid), socketPath);
  rmSync(pidFile(folder), { force: true });
}

/** Podman learns of a restart of the machine by an empty run folder; ours is on a disk, so that we empty it. */
function forgetEarlierBoot(folder: string, runFolder: string): void {
  const boot = readIfThere('/proc/sys/kernel/random/boot_id');
  const file = join(folder, 'boot-id');
  if (readIfThere(file) !== boot) {
    for (const path of [runFolder, join(folder, 'tmp')]) rmSync(path, { recursive: true, force: true });
    writeFileSync(file, boot);
  }
}

const hostTraits = () => ({
  hasSystemd: existsSync('/run/systemd/system'),
  hasCgroup2: existsSync('/sys/fs/cgroup/cgroup.controllers'),
});

const readIfThere = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

function pick(env: PodmanOptions['env'], names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
