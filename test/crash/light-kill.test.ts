// A newcomer that begins with a snapshot is killed at any moment: while pieces come, while the import ends, while the history
// is verified behind it, while that history takes the place of its own. It ends as a full replica, and no record is lost.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { Author, seedOf } from '../support/bcdb-grid.ts';
import { type TestGrid, until } from '../support/bcdb-replicas.ts';
import { heightOf, type LongGrid, moneyEach, openLongGrid, rowsIn } from '../support/light-grid.ts';
import { Random } from '../support/random.ts';
import { rounds } from '../support/rounds.ts';
import { ReplicaProcess } from './replica-process.ts';

const newcomers = rounds(1, 40);
const killsPerStage = 2;
const snapshotHeight = 256;
const history = { height: 270, each: 20, isCrowd: true };
/** Of so many objects. */
const pieceCount = 4;
const recordCount = history.height * history.each;

let grid: TestGrid | undefined;
const running: ReplicaProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.kill()));
  await grid?.end();
});

/** The stages of a newcomer's life, by what shows that one has begun. */
const stages = {
  import: (one) => one.isTold('light start: 1 pieces'),
  finish: (one) => one.isTold(`light start: ${pieceCount} pieces`),
  verify: (one) => one.doneHeight !== null,
  'take over': (one) => one.doneHeight === snapshotHeight,
  end: ({ folder }) => isWhole(folder),
} as const satisfies Readonly<Record<string, (one: ReplicaProcess) => boolean>>;
type Stage = keyof typeof stages;
const order = Object.keys(stages) as readonly Stage[];

/** Until a stage has begun, or a later one. */
const reach = (one: ReplicaProcess, stage: Stage): Promise<void> =>
  until(
    `${stage} of a newcomer: ${one.diagnosis()}`,
    () => order.slice(order.indexOf(stage)).some((at) => stages[at](one)),
    90_000,
  );

function newcomer({ made }: LongGrid, name: string, author: Author): ReplicaProcess {
  const folder = made.folder(name);
  const orders = {
    folder,
    netSeed: seedOf(`net of ${folder}`),
    author: name,
    to: author.key,
    keeps: 'archive',
    pauseMs: 50,
  } as const;
  const one = new ReplicaProcess({ ...orders, start: { how: 'open' } });
  running.push(one);
  return one;
}

/** How long each stage takes when nobody kills: the moments of the kills are spread over that. */
async function measure(one: ReplicaProcess, invitation: string): Promise<ReadonlyMap<Stage, number>> {
  const durations = new Map<Stage, number>();
  await one.start({ how: 'join', invitation });
  let last: { readonly stage: Stage; readonly atMs: number } | undefined;
  for (const stage of order) {
    await reach(one, stage);
    const atMs = performance.now();
    if (last !== undefined) durations.set(last.stage, atMs - last.atMs);
    last = { stage, atMs };
  }
  return durations;
}

/** It has a head, and executed everything below that itself. */
function isWhole(folder: string): boolean {
  const db = new Database(join(folder, 'replica.db'), { readonly: true });
  try {
    const isLight = "SELECT 1 FROM meta WHERE name IN ('floor', 'import')";
    return db.prepare('SELECT 1 FROM blocks').get() !== undefined && db.prepare(isLight).get() === undefined;
  } catch {
    // It is just being replaced.
    return false;
  } finally {
    db.close();
  }
}

/** Whatever was going on: there is a head with all that belongs to it, or none. */
function checkHalf(folder: string, money: bigint): string {
  const db = new Database(join(folder, 'replica.db'), { readonly: true });
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    const one = (sql: string): unknown => db.prepare(sql).pluck().safeIntegers().get();
    const head = one('SELECT max(height) FROM blocks');
    const total = one('SELECT coalesce(sum(balance + locked), 0) FROM accounts');
    if (head === null) expect(one("SELECT count(*) FROM meta WHERE name = 'floor'")).toBe(0n);
    else expect({ head, total }).toEqual({ head, total: money });
    return head === null ? 'nothing' : `head ${String(head)}`;
  } catch (error) {
    // Killed before there was a table.
    if (String(error).includes('no such table')) return 'nothing';
    throw error;
  } finally {
    db.close();
  }
}

/** All that it acknowledged stands in its history, once; and it is in every row what the guardian is. */
async function checkEnd({ made, guardian }: LongGrid, one: ReplicaProcess, name: string): Promise<void> {
  const isLevel = async (): Promise<boolean> => {
    one.say('still');
    await sleep(100);
    return one.still?.pendingCount === 0 && one.still.height === heightOf(guardian);
  };
  await until(`${name} to be level: ${one.diagnosis()}`, isLevel, 60_000);
  await one.close();
  const folder = made.folder(name);
  const [ours, theirs] = [rowsIn(folder, -1), rowsIn(made.folder('guardian'), -1)];
  const blocks = ours.history['blocks'] as readonly { readonly height: number }[];
  const toHead = (rows: readonly unknown[] = []) => rows.slice(0, blocks.length);
  expect(blocks.length).toBeGreaterThan(history.height);
  expect(blocks).toEqual(toHead(theirs.history['blocks']));
  expect(ours.state).toEqual(theirs.state);
  expect(ours.history['records']).toEqual(theirs.history['records']);
  expect(ours.history['versions']).toEqual(theirs.history['versions']);
  const ids = (ours.history['records'] as readonly { id: Buffer; is_counted: number; verdict: string }[])
    .filter(({ is_counted, verdict }) => is_counted === 1 && verdict === 'ok')
    .map(({ id }) => id.toString('hex'));
  expect(one.taken.length).toBeGreaterThan(0);
  expect(one.taken.filter((id) => !ids.includes(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(recordCount);
  expect(existsSync(join(folder, 'verify'))).toBe(false);
}

it(`kill -9 of ${newcomers} newcomers at any moment of their light start: each ends as a full replica`, async () => {
  const random = Random.fromEnv();
  const names = Array.from({ length: newcomers + 1 }, (_, index) => `newcomer-${index}`);
  const to = new Author('receiver');
  const opened = await openLongGrid({ ...history, others: names.map((name) => new Author(name)) });
  grid = opened.made;
  const { invitation } = opened;
  const money = moneyEach * BigInt(names.length + 1);
  const first = newcomer(opened, 'newcomer-0', to);
  const durations = await measure(first, invitation);
  await checkEnd(opened, first, 'newcomer-0');
  const seen: string[] = [];
  for (const name of names.slice(1)) {
    const one = newcomer(opened, name, to);
    await one.start({ how: 'join', invitation });
    for (const stage of order.slice(0, -1)) {
      for (let kill = 0; kill < killsPerStage && !isWhole(one.folder); kill++) {
        await reach(one, stage);
        await sleep(random.next() * (durations.get(stage) ?? 0));
        await one.kill();
        seen.push(`${stage}: ${checkHalf(opened.made.folder(name), money)}`);
        await one.start();
      }
    }
    await reach(one, 'end');
    await checkEnd(opened, one, name);
  }
  expect(opened.made.errors).toEqual([]);
  console.log(
    `light kill: seed ${random.seed}; ${[...durations].map(([stage, ms]) => `${stage} ${ms.toFixed(0)} ms`).join(', ')}; killed at ${seen.join(', ')}`,
  );
});
