// Real guardians for tests: one process each, with its replica, its net process and its nats-server, all on loopback.

import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplicaOptions } from '../../bcdb/replica-api.ts';
import { zero32 } from '../../core/bytes.ts';
import { decodeInvitation } from '../../core/invitation.ts';
import { defaultPolicy } from '../../core/policy.ts';
import type { HeadView, ReplicaView } from '../../core/views.ts';
import { freePort } from '../../scripts/lib/free-port.ts';
import type { FromGuardian, ToGuardian } from '../integration/entry-guardian.ts';
import { Author, seedOf } from './bcdb-grid.ts';
import { until } from './bcdb-replicas.ts';
import { familyOf } from './processes.ts';

export type GuardianProcess = {
  readonly folder: string;
  head: HeadView | undefined;
  view: ReplicaView | undefined;
  invitation: string | undefined;
  readonly outbox: Map<string, string>;
  readonly log: string[];
  child: ChildProcess | undefined;
};

export class GuardianProcesses {
  readonly guardians: readonly GuardianProcess[];
  readonly alice = new Author('alice');
  readonly bob = new Author('bob');
  readonly grid: Uint8Array;
  readonly #authors: readonly Author[];
  readonly #genesis: Uint8Array;
  readonly #root: string;

  private constructor(root: string, ports: readonly number[]) {
    this.#root = root;
    this.#authors = ports.map((_, index) => new Author(`guardian ${index} in ${root}`));
    const creator = new Author(`creator in ${root}`);
    this.#genesis = creator.write(zero32, 'genesis', {
      name: 'guardians in processes',
      createdMs: Date.now(),
      guardians: this.#authors.map(({ key }) => key),
      seats: ports.map((port, index) => ({ name: `guardian ${index}`, route: `127.0.0.1:${port}` })),
      policy: defaultPolicy,
      allocations: [{ to: this.alice.key, amountStroops: 10n ** 12n }],
    });
    this.grid = creator.last;
    this.guardians = ports.map((_, index) => ({
      folder: join(root, `guardian-${index}`),
      head: undefined,
      view: undefined,
      invitation: undefined,
      outbox: new Map(),
      log: [],
      child: undefined,
    }));
  }

  static async make(count: number): Promise<GuardianProcesses> {
    const root = await mkdtemp(join(tmpdir(), 'guardians-'));
    const ports: number[] = [];
    for (let index = 0; index < count; index++) ports.push(await freePort());
    return new GuardianProcesses(root, ports);
  }

  at(index: number): GuardianProcess {
    const guardian = this.guardians[index];
    if (guardian === undefined) throw new RangeError(`no guardian ${index}`);
    return guardian;
  }

  async start(index: number): Promise<void> {
    const guardian = this.at(index);
    const author = this.#authors[index];
    const isNew = guardian.invitation === undefined;
    const [first] = this.guardians;
    const bootstrap = first?.invitation === undefined ? undefined : decodeInvitation(first.invitation).bootstrap;
    const start: ReplicaOptions['start'] = isNew
      ? { how: 'create', genesis: this.#genesis, reach: 'local' }
      : { how: 'open' };
    const child = fork(new URL('../integration/entry-guardian.ts', import.meta.url), {
      serialization: 'advanced',
      execArgv: [],
    });
    guardian.child = child;
    child.on('message', (message: FromGuardian) => hear(guardian, message));
    const opened = new Promise<void>((resolve) => {
      child.on('message', ({ type }: FromGuardian) => type === 'opened' && resolve());
    });
    this.#tell(guardian, {
      type: 'open',
      options: {
        folder: guardian.folder,
        start,
        netSeed: seedOf(`net ${index} in ${this.#root}`),
        guardianSeed: author?.seed,
        ...(index > 0 && bootstrap !== undefined && { network: { bootstrap } }),
      },
    });
    await opened;
  }

  async startAll(): Promise<void> {
    for (const index of this.guardians.keys()) await this.start(index);
    await until('block 0 on all', () => this.guardians.every(({ head }) => head !== undefined), 60_000);
  }

  #tell(guardian: GuardianProcess, message: ToGuardian): void {
    guardian.child?.send(message);
  }

  /** Writes payments and hands them to one guardian as its own. Answers the last record's id, hex. */
  pay(index: number, count: number): string {
    const records = Array.from({ length: count }, () => this.alice.transfer(this.grid, this.bob.key, 1n));
    this.#tell(this.at(index), { type: 'submit', records });
    return Buffer.from(this.alice.last).toString('hex');
  }

  /** kill -9 of the guardian with all its children. */
  kill(index: number): void {
    const guardian = this.at(index);
    const pid = guardian.child?.pid;
    guardian.child = undefined;
    if (pid === undefined) return;
    for (const one of familyOf(pid, guardian.folder)) process.kill(one, 'SIGKILL');
  }

  async end(): Promise<void> {
    const ends = this.guardians.map(async ({ child }) => {
      if (child === undefined) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    });
    await Promise.all(ends);
    await rm(this.#root, { recursive: true, force: true });
  }
}

function hear(guardian: GuardianProcess, message: FromGuardian): void {
  switch (message.type) {
    case 'opened':
      guardian.invitation = message.invitation;
      break;
    case 'head':
      guardian.head = message.head;
      break;
    case 'state':
      guardian.view = message.view;
      break;
    case 'outbox':
      guardian.outbox.set(message.id, message.state);
      break;
    case 'log':
      guardian.log.push(message.text);
  }
}
