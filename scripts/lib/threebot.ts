// Runs a real 3bot (a headless host in its own process and profile) and talks to it through the IPC contract, as a window
// does. For the demo, the screenshots, the benches and the end-to-end tests. Knows nothing of what is said.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { AppError, type ErrorData, fromErrorData } from '../../core/errors.ts';
import type { Channel, Input, Output } from '../../core/ipc/contract.ts';
import { fromWire, toWire } from '../../core/wire.ts';
import { root } from './node.mjs';

/** A running 3bot and the way to speak to it. */
export type Threebot = {
  readonly name: string;
  readonly profile: string;
  readonly process: ChildProcess;
  call<C extends Channel>(channel: C, input: Input<C>): Promise<Output<C>>;
  /** A fresh one-time address for a window. */
  newAddress(): Promise<string>;
  /** Ends it as a service manager would, and waits. */
  stop(): Promise<void>;
};

type Frame = { readonly id?: number; readonly output?: unknown; readonly error?: ErrorData };

/** Starts one; resolves when its door is open. `args` go to the program as they are. */
export async function startThreebot(options: {
  readonly name: string;
  readonly profile: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}): Promise<Threebot> {
  const child = spawn(
    process.execPath,
    ['main/entry-start.ts', '--host=browser', '--headless', `--profile=${options.profile}`, ...(options.args ?? [])],
    { cwd: root, env: options.env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const said: string[] = [];
  const addresses: string[] = [];
  const waiting: ((address: string) => void)[] = [];
  const hear = (line: string): void => {
    said.push(line);
    const address = /http:\/\/127\.0\.0\.1:\d+\/\?ticket=\S+/.exec(line)?.[0];
    if (address === undefined) return;
    const next = waiting.shift();
    if (next === undefined) addresses.push(address);
    else next(address);
  };
  createInterface({ input: child.stdout }).on('line', hear);
  createInterface({ input: child.stderr }).on('line', hear);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${options.name} ended (${String(code)}): ${said.slice(-8).join(' | ')}`);
  });
  ended.catch(() => {}); // seen by whoever waits on the race below; later ends are ordinary stops
  const nextAddress = (): Promise<string> =>
    Promise.race([
      new Promise<string>((resolve) => {
        const ready = addresses.shift();
        if (ready === undefined) waiting.push(resolve);
        else resolve(ready);
      }),
      ended,
    ]);
  const socket = await connect(await nextAddress());
  const call = caller(socket);
  return {
    name: options.name,
    profile: options.profile,
    process: child,
    call,
    async newAddress() {
      // An empty line on its standard input asks for a new address.
      child.stdin?.write('\n');
      return nextAddress();
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Redeems a one-time address and opens the socket that a window would. */
async function connect(address: string): Promise<WebSocket> {
  const { origin, host } = new URL(address);
  const answer = await fetch(address);
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (cookie === undefined) throw new Error(`no session for ${origin}: ${answer.status}`);
  const socket = new WebSocket(`ws://${host}/ipc`, { origin, headers: { cookie } });
  await once(socket, 'open');
  return socket;
}

function caller(socket: WebSocket): Threebot['call'] {
  const open = new Map<number, { resolve: (output: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;
  socket.on('message', (data) => {
    const frame = fromWire(String(data)) as Frame;
    const waiter = frame.id === undefined ? undefined : open.get(frame.id);
    if (frame.id === undefined || waiter === undefined) return;
    open.delete(frame.id);
    if (frame.error === undefined) waiter.resolve(frame.output);
    else waiter.reject(fromErrorData(frame.error));
  });
  socket.on('close', () => {
    for (const waiter of open.values()) waiter.reject(new AppError('ipc/disconnected'));
    open.clear();
  });
  const call = (channel: Channel, input: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      open.set(id, { resolve, reject });
      socket.send(toWire({ id, channel, input }));
    });
  return call as unknown as Threebot['call']; // the contract's types are checked by main at both doors
}

/** Asks again and again until `look` answers with something; throws with `what` and the last thing seen after `timeoutMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last = 'nothing yet';
  for (;;) {
    try {
      const seen = await look();
      if (seen !== null && seen !== undefined && seen !== false) return seen;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      last = error.message;
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}

/** Approves a review exactly as shown, and returns the outcome. */
export async function approve(
  bot: Threebot,
  review: { readonly id: string; readonly digest: string },
): Promise<Output<'review.approve'>> {
  return bot.call('review.approve', { id: review.id, digest: review.digest });
}

/** Approves and waits until the record is final; throws its code when it is rejected. */
export async function approveFinal(
  bot: Threebot,
  review: { readonly id: string; readonly digest: string },
): Promise<string> {
  const { record } = await approve(bot, review);
  if (record === null) throw new Error('this review hands in no record');
  const seen = await until(`record ${record.slice(0, 8)} to be final`, async () => {
    const item = (await bot.call('grid.outbox', { limit: 100 })).find(({ id }) => id === record);
    return item !== undefined && item.state !== 'pending' && item;
  });
  if (seen.state === 'rejected') throw new AppError(seen.code ?? 'record/malformed', 'rejected at execution');
  return record;
}
