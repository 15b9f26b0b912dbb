// A grid of several guardians, each a process with a nats-server of its own: how long a record takes to be final, beside the
// stream alone; and how many a second become final on all of them.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toHex, zero32 } from '../../../core/bytes.ts';
import { defaultPolicy } from '../../../core/policy.ts';
import { freePort } from '../../lib/free-port.ts';
import { Author } from '../author.ts';
import type { FromGuardian, ToGuardian } from './guardian-talk.ts';
import { createdMs } from './transfers.ts';

const program = fileURLToPath(new URL('./entry-guardian.ts', import.meta.url));
const patienceMs = 180_000;

export type Latencies = { readonly finalMs: readonly number[]; readonly publishMs: readonly number[] };

type Running = { readonly child: ChildProcess; readonly key: Uint8Array; records: number; execHash: string };

export class GuardianGrid {
  readonly #running: Running[] = [];
  readonly #listeners = new Set<(by: number, message: FromGuardian) => void>();
  readonly people: readonly Author[];
  grid: Uint8Array = zero32;

  private constructor(people: readonly Author[]) {
    this.people = people;
  }

  /** Starts the processes; resolves when the genesis is final on all of them. */
  static async start(folder: string, count: number, say: (line: string) => void): Promise<GuardianGrid> {
    const made = new GuardianGrid(Array.from({ length: 1000 }, (_, index) => new Author(`member ${index}`)));
    const authors = Array.from({ length: count }, (_, index) => new Author(`guardian ${index} of ${count}`));
    const seats: { name: string; route: string }[] = [];
    for (const index of authors.keys())
      seats.push({ name: `guardian ${index}`, route: `127.0.0.1:${await freePort()}` });
    const guardians = authors.map(({ key }) => key);
    const allocations = made.people.map(({ key }) => ({ to: key, amountStroops: 10n ** 10n }));
    const creator = count === 1 ? (authors[0] ?? new Author('nobody')) : new Author('creator');
    const body = { name: 'bench', createdMs, guardians, policy: defaultPolicy, allocations };
    const { bytes: genesis } = creator.write(zero32, 'genesis', count === 1 ? body : { ...body, seats });
    made.grid = creator.last;
    for (const [index, { key, seed }] of authors.entries()) {
      made.#spawn(index, key, say);
      const peers = { guardians, seats };
      made.#tell(index, { type: 'begin', folder: join(folder, `${index}`), seed, genesis, grid: made.grid, peers });
    }
    await made.#reached(1);
    return made;
  }

  #spawn(index: number, key: Uint8Array, say: (line: string) => void): void {
    const child = fork(program, [], { serialization: 'advanced', stdio: ['ignore', 2, 2, 'ipc'] });
    const running: Running = { child, key, records: 0, execHash: '' };
    this.#running.push(running);
    child.on('message', (message: FromGuardian) => {
      if (message.type === 'head') {
        running.records = message.records;
        running.execHash = message.execHash;
      }
      if (message.type === 'trouble') say(`guardian ${index}: ${message.what}`);
      if (message.type === 'peer') {
        const to = this.#running.findIndex((other) => toHex(other.key) === toHex(message.to));
        if (to >= 0) this.#tell(to, { type: 'peer', guardian: key, bytes: message.bytes });
      }
      for (const listener of this.#listeners) listener(index, message);
    });
  }

  #tell(index: number, message: ToGuardian): void {
    this.#running[index]?.child.send(message);
  }

  /** Resolves to what `answer` makes of a message; undefined: wait on. */
  #answer<T>(what: string, answer: (by: number, message: FromGuardian) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited too long for ${what}`)), patienceMs);
      const listener = (by: number, message: FromGuardian): void => {
        const value = answer(by, message);
        if (value === undefined) return;
        clearTimeout(timer);
        this.#listeners.delete(listener);
        resolve(value);
      };
      this.#listeners.add(listener);
    });
  }

  /** So many records are final on all guardians, and all came to the same. */
  async #reached(records: number): Promise<void> {
    const isThere = (): boolean => this.#running.every((one) => one.records >= records);
    if (!isThere()) await this.#answer(`${records} records on all guardians`, () => (isThere() ? true : undefined));
  }

  get records(): number {
    return this.#running[0]?.records ?? 0;
  }

  /** Hands records in at the first guardian, one after the other. */
  async oneByOne(records: readonly Uint8Array[]): Promise<Latencies> {
    const told = this.#answer('latencies', (_by, message) => (message.type === 'latencies' ? message : undefined));
    this.#tell(0, { type: 'one-by-one', records });
    return told;
  }

  /** Records a second: handed in at the first guardian at once, final on all of them. */
  async all(records: readonly Uint8Array[]): Promise<number> {
    const wanted = this.records + records.length;
    const start = performance.now();
    this.#tell(0, { type: 'all', records });
    await this.#reached(wanted);
    return (records.length * 1000) / (performance.now() - start);
  }

  async stop(): Promise<void> {
    const ended = this.#running.map(({ child }) => once(child, 'exit'));
    for (const { child } of this.#running) child.kill('SIGTERM');
    await Promise.all(ended);
  }
}
