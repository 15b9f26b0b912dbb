// The parent's side of a member process on a host of the lab's network: typed calls, and a way to kill it.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Queries, QueryName } from '../../bcdb/replica-api.ts';
import { AppError, fromErrorData } from '../../core/errors.ts';
import type { FromMember, MemberCall, MemberCalls, MemberOptions } from './entry-member.ts';
import type { Host, Network } from './network.ts';

const entry = fileURLToPath(new URL('./entry-member.ts', import.meta.url));

export class Member {
  readonly host: Host;
  readonly options: MemberOptions;
  /** Lines of trouble, newest last, for whoever asks why. */
  readonly trouble: string[] = [];
  readonly #network: Network;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #child: ChildProcess | undefined;
  #lastId = 0;

  constructor(network: Network, host: Host, options: MemberOptions) {
    this.#network = network;
    this.host = host;
    this.options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process and opens its replica; `start` differs from life to life. */
  async start(start: MemberOptions['start'], env: NodeJS.ProcessEnv = process.env): Promise<void> {
    const command = [process.execPath, entry] as const;
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
    if ('trouble' in message) {
      this.#note(message.trouble);
      return;
    }
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

  /** Ends it at once, with all that it started: they hear of it by their closed channels. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Takes leave in order. */
  async stop(): Promise<void> {
    if (this.#child?.connected === true) await this.call('close', null).catch(() => null);
    await this.kill();
  }
}
