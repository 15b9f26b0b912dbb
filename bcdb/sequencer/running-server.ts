/**
 * One nats-server as a child process: started, watched so that it never outlives us, ended. What a killed guardian left
 * behind is found by its pid file and ended first. Knows nothing of streams.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';

export type RunningServer = {
  /** Of the listener for clients, on 127.0.0.1. */
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process is gone, to why. */
  readonly exited: Promise<string>;
  /** Reads its configuration again; false where the system has no signal for it: then it must be started anew. */
  reload(): boolean;
  /** Asks it to end, and ends it when it does not. Resolves when it is gone. */
  stop(): Promise<void>;
};

const portsMs = 20_000;
const farewellMs = 6000;
const keptLines = 20;
/** All that the server may know of our environment. */
const passedOn = ['PATH', 'HOME', 'TZ', 'TMPDIR', 'TEMP', 'TMP', 'SYSTEMROOT'];

/**
 * Starts a server with a configuration file in `folder`, which is its alone. Resolves when it takes clients. Throws
 * `guardian/sequencer-failed` with the last words of a server that did not start.
 */
export async function startServer(options: {
  readonly path: string;
  readonly folder: string;
  readonly config: string;
  readonly log: (line: string) => void;
}): Promise<RunningServer> {
  const { path, folder, config, log } = options;
  const words: string[] = [];
  const child = spawn(path, ['--config', config], {
    // A process group of its own: a Ctrl-C at the terminal is for us, and we end it in order.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: Object.fromEntries(passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
    windowsHide: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      const said = line.slice(0, 300);
      words.push(said);
      if (words.length > keptLines) words.shift();
      log(said);
    });
  }
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // `close`, not `exit`: its last words have been read then.
    child.once('close', (code, signal) => resolve(lastWords(words, `ended with ${signal ?? code}`)));
  });
  const { pid } = child;
  if (pid === undefined) throw new AppError('guardian/sequencer-failed', await exited, { retry: true });
  const watcher = watchOver(pid);
  void exited.then(() => watcher?.kill('SIGKILL'));
  try {
    const port = await portOf(folder, pid, exited);
    return { port, pid, exited, reload: () => process.platform !== 'win32' && child.kill('SIGHUP'), stop };
  } catch (error) {
    await stop();
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError('guardian/sequencer-failed', why, { cause: error, retry: true });
  }

  async function stop(): Promise<void> {
    const timer = setTimeout(() => child.kill('SIGKILL'), farewellMs);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(timer);
  }
}

/** How it ended, with what it said last if that explains it. */
function lastWords(words: readonly string[], ending: string): string {
  const line = words.findLast((each) => /\[FTL\]|nats-server:/.test(each));
  return line === undefined ? ending : `${ending}: ${line}`;
}

/**
 * A shell that waits on a pipe from us: it ends the server when we are gone, however that happened. Nothing of the kind on
 * Windows, where the next start ends what was left.
 */
function watchOver(pid: number): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const script =
    'cat >/dev/null; kill -TERM "$1" 2>/dev/null; for i in 1 2 3 4 5 6; do sleep 1; kill -0 "$1" 2>/dev/null || exit 0; done; kill -KILL "$1"';
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
  });
  watcher.on('error', () => {}); // without a shell there is no watcher: the next start ends what was left
  watcher.stdin?.on('error', () => {});
  watcher.unref();
  return watcher;
}

/** The port that the server chose for clients: it writes them into a file, whole, once it listens. */
async function portOf(folder: string, pid: number, exited: Promise<string>): Promise<number> {
  let gone: string | undefined;
  void exited.then((why) => {
    gone = why;
  });
  const deadline = performance.now() + portsMs;
  while (gone === undefined && performance.now() < deadline) {
    const name = (await readdir(folder)).find((each) => each.endsWith(`_${pid}.ports`));
    const text = name === undefined ? '' : await readFile(join(folder, name), 'utf8').catch(() => '');
    const port = /"nats:\/\/127\.0\.0\.1:(\d+)"/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
    await sleep(25);
  }
  throw new Error(gone ?? 'it says no port');
}

/** Ends the server that an earlier run left in this folder, if it is still that very server. */
export async function endLeftover(folder: string, config: string, log: (line: string) => void): Promise<void> {
  const pidFile = join(folder, 'server.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).trim());
  if (Number.isInteger(pid) && pid > 1 && (await commandOf(pid)).includes(config)) {
    log(`a server of an earlier run is still there (${pid}); ending it`);
    process.kill(pid, 'SIGTERM');
    const deadline = performance.now() + farewellMs;
    while ((await commandOf(pid)).includes(config)) {
      if (performance.now() > deadline) process.kill(pid, 'SIGKILL');
      await sleep(50);
    }
  }
  await rm(pidFile, { force: true });
  for (const name of await readdir(folder)) if (name.endsWith('.ports')) await rm(join(folder, name), { force: true });
}

/** The command line of a process, empty when there is none (or it waits to be reaped). */
async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
  }
  const [file, args] =
    process.platform === 'win32'
      ? [
          'powershell',
          ['-NoProfile', '-Command', `(Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}').CommandLine`],
        ]
      : ['ps', ['-o', 'args=', '-p', String(pid)]];
  return new Promise((resolve) => execFile(String(file), args as string[], (_error, stdout) => resolve(stdout)));
}
