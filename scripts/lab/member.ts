// The parent's side of a member or guardian process on a host of the lab's network: typed calls, and ways to kill it, to freeze
// it, and to kill what it started.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Queries, QueryName } from '../../bcdb/replica-api.ts';
import { AppError, fromErrorData } from '../../core/errors.ts';
import type { FromMember, MemberCall, MemberCalls, MemberOptions } from './entry-member.ts';
import type { Host, Network } from './network.ts';
import { type Part, partsOf } from './parts.ts';

const entry = fileURLToPath(new URL('./entry-member.ts', import.meta.url));

/** What runs the process: a tracer in front of it, other variables. */
export type Life = { readonly env?: NodeJS.ProcessEnv; readonly through?: readonly [string, ...string[]] };

export class Member {
  readonly host: Host;
  readonly options: MemberOptions;
  /** Lines of trouble, newest last, for whoever asks why. */
  readonly trouble: string[] = [];
  /** Ids of payments that `flow` handed in, over all lives. */
  readonly taken: string[] = [];
  readonly #network: Pick<Network, 'spawn'>;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #child: ChildProcess | undefined;
  #lastId = 0;

  constructor(network: Pick<Network, 'spawn'>, host: Host, options: MemberOptions) {
    this.#network = network;
    this.host = host;
    this.options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get name(): string {
    return this.host.name;
  }

  /** Starts the process and opens its replica; `start` differs from life to life. */
  async start(start: MemberOptions['start'] = { how: 'open' }, life: Life = {}): Promise<void> {
    const { env = process.env, through } = life;
    const node = [process.execPath, entry] as const;
    const command: readonly [string, ...string[]] = through === undefined ? node : [...through, ...node];
    const child = this.#network.spawn(this.host, command, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      env,
    } as object);
    child.stderr?.on('data', (chunk: Buffer) => this.#note(String(chunk)));
    child.on('message', (message: FromMember) => this.#hear(message));
    child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) {
        reject(new AppError('ipc/disconnected', `${this.host.name} ended: ${String(signal ?? code)}`));
      }
      this.#waiting.clear();
    });
    this.#child = child;
    await this.call('open', { ...this.options, start });
  }

  #note(line: string): void {
    this.trouble.push(line.trim());
    if (this.trouble.length > 100) this.trouble.shift();
  }

  #hear(message: FromMember): void {
    if ('trouble' in message) this.#note(message.trouble);
    else if ('taken' in message) this.taken.push(message.taken);
    else this.#settle(message);
  }

  #settle(message: Extract<FromMember, { readonly id: number }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('error' in message) waiting?.reject(fromErrorData(message.error));
    else waiting?.resolve(message.value);
  }

  call<C extends MemberCall>(call: C, input: MemberCalls[C][0]): Promise<MemberCalls[C][1]> {
    const child = this.#child;
    if (child?.connected !== true) return Promise.reject(new AppError('ipc/disconnected', this.host.name));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as MemberCalls[C][1]), reject });
      child.send({ id, call, input });
    });
  }

  query<Q extends QueryName>(name: Q, input: Queries[Q][0]): Promise<Queries[Q][1]> {
    return this.call('query', { name, input }) as Promise<Queries[Q][1]>;
  }

  /** Its process and all below it, as they are now. */
  parts(): readonly Part[] {
    return this.pid === undefined ? [] : partsOf(this.pid);
  }

  /** kill -9 of one of the processes that it started; false when there is none. */
  killPart(what: Exclude<Part['what'], 'replica'>): boolean {
    const part = this.parts().find((each) => each.what === what);
    return part !== undefined && signalTo(part.pid, 'SIGKILL');
  }

  /** All of it stands still, as on a machine that hangs. */
  freeze(): void {
    for (const { pid } of this.parts()) signalTo(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const { pid } of this.parts()) signalTo(pid, 'SIGCONT');
  }

  /** Ends it at once, with all that it started: they hear of it by their closed channels. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** The same, and waits until nothing of it is left, as when the machine lost power. */
  async crash(): Promise<void> {
    const pids = this.parts().map(({ pid }) => pid);
    await this.kill();
    for (const pid of pids) signalTo(pid, 'SIGKILL');
    while (pids.some((pid) => signalTo(pid, 0))) await sleep(10);
  }

  /** Takes leave in order. */
  async stop(): Promise<void> {
    if (this.#child?.connected === true) await this.call('close', null).catch(() => null);
    await this.kill();
  }
}

/** False when there is no such process any more. */
function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
