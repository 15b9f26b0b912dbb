// A replica as a process of its own (entry-replica.ts), over all its lives: started, killed, and heard.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../support/bcdb-replicas.ts';
import type { Orders, Told } from './entry-replica.ts';

export class ReplicaProcess {
  /** Ids of the records that were acknowledged. */
  readonly taken: string[] = [];
  readonly trouble: string[] = [];
  invitation: string | undefined;
  still: Extract<Told, { readonly type: 'still' }> | undefined;
  /** What it told last of verifying the history below its snapshot; null: there is nothing to verify. */
  doneHeight: number | null = null;
  alarm: string | null = null;
  lives = 0;
  readonly #orders: Orders;
  #child: ChildProcess | undefined;

  constructor(orders: Orders) {
    this.#orders = orders;
  }

  get folder(): string {
    return this.#orders.folder;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Starts it, and waits until it is open. */
  async start(start: Orders['start'] = { how: 'open' }): Promise<void> {
    const child = fork(new URL('./entry-replica.ts', import.meta.url), { serialization: 'advanced', execArgv: [] });
    this.#child = child;
    this.doneHeight = null;
    this.alarm = null;
    let isOpen = false;
    child.on('message', (told: Told) => {
      if (told.type === 'open') this.invitation = told.invitation;
      isOpen ||= told.type === 'open';
      this.#hear(told);
    });
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    child.send({ ...this.#orders, start } satisfies Orders);
    await until(`a life of ${this.#orders.author}`, () => isOpen, 60_000).catch((error: unknown) => {
      throw new Error(`life ${this.lives}: ${this.diagnosis()}`, { cause: error });
    });
    this.lives += 1;
  }

  #hear(told: Told): void {
    if (told.type === 'taken') this.taken.push(told.id);
    else if (told.type === 'still') this.still = told;
    else if (told.type === 'trouble') this.trouble.push(told.text);
    else if (told.type === 'state') {
      this.doneHeight = told.doneHeight;
      this.alarm = told.alarm;
    }
  }

  /** Whether it told of this, in whatever life. */
  isTold = (what: string): boolean => this.trouble.some((line) => line.includes(what));

  diagnosis = (): string => this.trouble.slice(-8).join(' | ');

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  say(word: 'still' | 'close'): void {
    if (this.#child?.connected === true) this.#child.send(word);
  }

  async close(): Promise<void> {
    this.say('close');
    await until('it to end', () => !this.isRunning);
  }
}
