// How long a payment takes to be final: handed in at the guardian, seen by another replica, handed in by another replica.
// Real replicas: threads, processes, Hyperswarm on loopback. Beside one durable commit, and one request over Noise.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openReplica } from '../../bcdb/replica.ts';
import type { Replica } from '../../bcdb/replica-api.ts';
import { toHex } from '../../core/bytes.ts';
import { Author, seedOf } from './author.ts';
import { foundGrid } from './bench-grid.ts';
import type { Bench, BenchContext, Figure } from './figure.ts';
import { timed, timedAsync } from './measure.ts';
import { percentile } from './statistics.ts';

const payments = 60;
const warmUps = 5;
const timeoutMs = 30_000;

/** Resolves when `isTrue`, looked at again at each event of the replica. */
function whenever(replica: Replica, event: 'head' | 'state', isTrue: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms for a ${event}`)), timeoutMs);
    const look = (): void => {
      if (!isTrue()) return;
      clearTimeout(timer);
      stop();
      resolve();
    };
    const stop = replica.on(event, look);
    look();
  });
}

const hasReached = (replica: Replica, height: number): Promise<void> =>
  whenever(replica, 'head', () => (replica.state().head?.height ?? -1) >= height);

type Latencies = { readonly finalMs: number; readonly seenMs: number };

/** Hands a payment in at `from` and waits until it is final there, and executed at `other`. */
async function pay(from: Replica, other: Replica, payer: Author, to: Author): Promise<Latencies> {
  const { bytes } = payer.write(from.grid, 'transfer', { to: to.key, amountStroops: 1n });
  const start = performance.now();
  await from.submit(bytes);
  const { state, height } = await from.settled(toHex(payer.last), timeoutMs);
  const finalMs = performance.now() - start;
  if (state !== 'final' || height === null) throw new Error('a good payment was rejected');
  await hasReached(other, height);
  return { finalMs, seenMs: performance.now() - start };
}

/** The least that durability costs: one row in a transaction that is synced to the same disk. */
function commitsMs(folder: string): readonly number[] {
  mkdirSync(folder, { recursive: true });
  const db = new Database(join(folder, 'commit.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE records (bytes BLOB NOT NULL) STRICT');
  const insert = db.prepare('INSERT INTO records VALUES (?)');
  const row = new Uint8Array(300);
  const times = Array.from({ length: payments }, () => timed(() => insert.run(row)));
  db.close();
  return times;
}

/** The least that asking another machine costs here. */
async function requestsMs(from: Replica, to: Replica): Promise<readonly number[]> {
  to.handle('message', async (_peer, payload) => payload);
  const times: number[] = [];
  for (let index = 0; index < payments; index++) {
    times.push(await timedAsync(() => from.request(to.net, 'message', new Uint8Array(300))));
  }
  return times;
}

const figures = (name: string, values: readonly number[], base: readonly number[], against: string) =>
  [50, 95].map(
    (percent): Figure => ({
      name: `finality/${name}/p${percent}`,
      value: percentile(values, percent),
      unit: 'ms',
      baseline: percentile(base, percent),
      against,
    }),
  );

async function measure(guardian: Replica, member: Replica, people: readonly [Author, Author, Author]) {
  const [alice, bob, carol] = people;
  for (let index = 0; index < warmUps; index++) {
    await pay(guardian, member, alice, carol);
    await pay(member, guardian, bob, carol);
  }
  const [atGuardian, atMember]: [Latencies[], Latencies[]] = [[], []];
  for (let index = 0; index < payments; index++) {
    atGuardian.push(await pay(guardian, member, alice, carol));
    atMember.push(await pay(member, guardian, bob, carol));
  }
  return {
    own: atGuardian.map(({ finalMs }) => finalMs),
    seen: atGuardian.map(({ seenMs }) => seenMs),
    member: atMember.map(({ finalMs }) => finalMs),
  };
}

async function run({ folder, say }: BenchContext): Promise<readonly Figure[]> {
  const people = [new Author('alice'), new Author('bob'), new Author('carol')] as const;
  const founding = foundGrid(people, 10n ** 10n, { createdMs: Date.now() });
  const open = new Set<Replica>();
  const start = async (name: string, options: Pick<Parameters<typeof openReplica>[0], 'start' | 'guardianSeed'>) => {
    const netSeed = seedOf(`net of ${name}`);
    const onError = (error: Error): void => say(`${name}: ${error.message}`);
    const replica = await openReplica({ folder: join(folder, name), netSeed, onError, ...options });
    open.add(replica);
    return replica;
  };
  try {
    const { genesis, guardian: office } = founding;
    const guardian = await start('guardian', { start: { how: 'create', genesis }, guardianSeed: office.seed });
    const invitation = await guardian.invitation();
    const member = await start('member', { start: { how: 'join', invitation } });
    await whenever(member, 'state', () => member.state().state === 'live');
    const latencies = await measure(guardian, member, people);
    const commits = commitsMs(join(folder, 'commits'));
    const requests = await requestsMs(member, guardian);
    return [
      ...figures('own', latencies.own, commits, 'one durable SQLite commit'),
      ...figures('seen', latencies.seen, requests, 'one request over Noise'),
      ...figures('member', latencies.member, requests, 'one request over Noise'),
    ];
  } finally {
    await Promise.allSettled([...open].map((replica) => replica.close()));
  }
}

export const finality: Bench = {
  name: 'finality',
  title: 'From handed in to final',
  how:
    `${payments} payments each, one after the other, on a grid of one guardian and one other replica. own: handed in at ` +
    'the guardian, final there (outbox, block and certificate on disk). seen: the same, verified and executed by the ' +
    'other replica. member: handed in by the other replica, final there.',
  lacks: () => undefined,
  run,
};
