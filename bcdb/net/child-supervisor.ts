/**
 * Keeps one child process alive: starts it with a clean environment, starts it again after a crash with growing pauses,
 * ends one that hangs, and stops trying after too many crashes in a row. Knows nothing of what the child does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type SupervisorOptions = {
  /** The Node binary that runs the child. */
  readonly nodePath: string;
  readonly entry: URL;
  /** The pause before each further try; the last one repeats. */
  readonly pausesMs: readonly number[];
  /** Asked of the child now and then; anything it says counts as a sign of life. */
  readonly ping: object;
  /** Asks the child to end by itself. */
  readonly farewell: object;
  /** A child is there: the first message can be sent. */
  readonly onUp: () => void;
  readonly onMessage: (message: unknown) => void;
  readonly onDown: (willRetry: boolean) => void;
  readonly log: (line: string) => void;
};

export type Supervisor = {
  /** False when no child is there to hear it. */
  send(message: object): boolean;
  /** Starts afresh after it gave up or rested, or at once instead of after the pause. */
  retry(): void;
  /** Ends the child until `retry`: no crash, and nothing is started meanwhile. */
  rest(): void;
  /** Ends the child the hard way; it comes back after a pause. */
  kill(): void;
  /** The process id of the present child. */
  pid(): number | undefined;
  close(): Promise<void>;
};

const maxCrashes = 20;
/** A child that lived this long has earned a short pause again. */
const stableMs = 60_000;
const pingMs = 5000;
/** Counted in pings, not in time: a machine that slept is no reason to kill. */
const maxSilentPings = 6;
const farewellMs = 3000;
/** A machine that goes to sleep does not wait for long. */
const restMs = 1000;
/** All that a child may know of our environment. */
const passedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'TEMP', 'TMP', 'SYSTEMROOT', 'USERPROFILE'];

const cleanEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(passedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

export function superviseChild(options: SupervisorOptions): Supervisor {
  let child: ChildProcess | undefined;
  let crashes = 0;
  let silentPings = 0;
  let isClosed = false;
  let isResting = false;
  /** The present child was asked to end by `rest`. */
  let isLeaving = false;
  let pause: NodeJS.Timeout | undefined;

  function logLines(stream: NodeJS.ReadableStream | null): void {
    if (stream === null) return;
    createInterface({ input: stream }).on('line', (line) => options.log(line.slice(0, 300)));
  }

  function start(): void {
    const startedMs = performance.now();
    const started = spawn(options.nodePath, [fileURLToPath(options.entry)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: cleanEnv(),
      windowsHide: true,
    });
    child = started;
    isLeaving = false;
    silentPings = 0;
    logLines(started.stdout);
    logLines(started.stderr);
    started.on('message', (message) => {
      silentPings = 0;
      if (started === child) options.onMessage(message);
    });
    started.once('error', (error) => {
      options.log(`child could not be run: ${error.message}`);
      if (started.pid === undefined) ended(started, startedMs);
    });
    started.once('exit', (code, signal) => {
      if (!isClosed && !isLeaving) options.log(`child ended: ${signal ?? code}`);
      ended(started, startedMs);
    });
    options.onUp();
  }

  function ended(gone: ChildProcess, startedMs: number): void {
    if (gone !== child) return;
    child = undefined;
    if (isClosed) return;
    if (isResting || isLeaving) {
      options.onDown(true);
      if (!isResting) start();
      return;
    }
    crashes = performance.now() - startedMs > stableMs ? 1 : crashes + 1;
    const willRetry = crashes < maxCrashes;
    if (willRetry) pause = setTimeout(start, options.pausesMs[Math.min(crashes, options.pausesMs.length) - 1]);
    options.onDown(willRetry);
  }

  const heartbeat = setInterval(() => {
    if (child === undefined || isLeaving) return;
    silentPings += 1;
    if (silentPings > maxSilentPings) {
      options.log('child does not answer any more');
      child.kill('SIGKILL');
    } else supervisor.send(options.ping);
  }, pingMs);
  heartbeat.unref();

  const supervisor: Supervisor = {
    send(message) {
      if (child?.connected !== true) return false;
      // A message that does not arrive is lost with the child, whose end `exit` tells.
      child.send(message, () => undefined);
      return true;
    },
    retry() {
      if (isClosed) return;
      crashes = 0;
      isResting = false;
      clearTimeout(pause);
      if (child === undefined) start();
    },
    rest() {
      isResting = true;
      clearTimeout(pause);
      const last = child;
      if (last === undefined || isLeaving) return;
      isLeaving = true;
      supervisor.send(options.farewell);
      setTimeout(() => last.kill('SIGKILL'), restMs).unref();
    },
    kill() {
      child?.kill('SIGKILL');
    },
    pid: () => child?.pid,
    close() {
      isClosed = true;
      clearInterval(heartbeat);
      clearTimeout(pause);
      const last = child;
      if (last === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(() => last.kill('SIGKILL'), farewellMs);
        last.once('exit', () => {
          clearTimeout(timer);
          resolve();
        });
        supervisor.send(options.farewell);
      });
    },
  };

  start();
  return supervisor;
}
