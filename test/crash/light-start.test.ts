// A newcomer that begins with a snapshot is killed, or its disk fills up, at any moment: while pieces come, while the import ends, while the history
// is verified behind it, while that history takes the place of its own. It ends as a full replica, and no record is lost.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { Author, seedOf } from '../support/bcdb-grid.ts';
import { until } from '../support/bcdb-replicas.ts';
import { heightOf, type LongGrid, moneyEach, openLongGrid, rowsIn } from '../support/light-grid.ts';
import { needs } from '../support/needs.ts';
import { Random } from '../support/random.ts';
import { rounds } from '../support/rounds.ts';
import { fillDisk, freeDisk } from '../support/small-disk.ts';
import { ReplicaProcess } from './replica-process.ts';

const receiver = new Author('receiver');
const newcomers = rounds(1, 40);
const killsPerStage = 2;
const snapshotHeight = 256;
const names = ['newcomer-0', ...Array.from({ length: newcomers - 1 }, (_, index) => `newcomer-${index + 1}`)] as const;
const history = { height: 270, each: 20, isCrowd: true, others: names.map((name) => new Author(name)) };
/** Of so many objects. */
const pieceCount = 4;
const recordCount = history.height * history.each;

const running: ReplicaProcess[] = [];

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
const faulty = ['import', 'finish', 'verify', 'take over'] as const satisfies readonly Stage[];
/** A fault comes so long after a stage has begun, at most: by then it may well be over. */
const spreadMs = { import: 500, finish: 500, verify: 4000, 'take over': 1000 } as const;

/** Until a stage has begun, or a later one. */
async function reach(one: ReplicaProcess, stage: Stage): Promise<void> {
  const isReached = () => order.slice(order.indexOf(stage)).some((at) => stages[at](one));
  await until(`${stage} of a newcomer`, isReached, 90_000).catch((error: unknown) => {
    throw new Error(`verified up to ${one.doneHeight}, alarm ${one.alarm}: ${one.diagnosis()}`, { cause: error });
  });
}

function newcomer({ made }: LongGrid, name: string): ReplicaProcess {
  // Not the mount point itself, which is not to be replaced.
  const folder = join(made.folder(name), 'replica');
  const identity = { netSeed: seedOf(`net of ${folder}`), author: name, to: receiver.key } as const;
  const one = new ReplicaProcess({ ...identity, folder, keeps: 'archive', pauseMs: 50, start: { how: 'open' } });
  running.push(one);
  return one;
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
    const isLight = one("SELECT count(*) FROM meta WHERE name = 'floor'");
    expect(head === null ? { isLight } : { total }).toEqual(head === null ? { isLight: 0n } : { total: money });
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
async function checkEnd({ made, guardian }: LongGrid, one: ReplicaProcess): Promise<void> {
  const isLevel = async (): Promise<boolean> => {
    one.say('still');
    await sleep(100);
    return one.still?.pendingCount === 0 && one.still.height === heightOf(guardian);
  };
  await until(`a newcomer to be level: ${one.diagnosis()}`, isLevel, 60_000);
  await one.close();
  const { folder } = one;
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

let opened: LongGrid | undefined;
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.kill()));
  await opened?.made.end();
});

describe('a newcomer that begins with a snapshot', () => {
  it(`is killed at any moment, ${newcomers} of them in every stage ${killsPerStage} times: each ends as a full replica`, async () => {
    const random = Random.fromEnv();
    const money = moneyEach * BigInt(names.length + 1);
    const seen: string[] = [];
    opened = await openLongGrid(history);
    for (const name of names) {
      const one = newcomer(opened, name);
      await one.start({ how: 'join', invitation: opened.invitation });
      for (const stage of faulty) {
        for (let kill = 0; kill < killsPerStage && !isWhole(one.folder); kill++) {
          await reach(one, stage);
          await sleep(random.next() * spreadMs[stage]);
          await one.kill();
          seen.push(`${stage}: ${checkHalf(one.folder, money)}`);
          await one.start();
        }
      }
      await reach(one, 'end');
      await checkEnd(opened, one);
    }
    expect(opened.made.errors).toEqual([]);
    console.log(`light start: seed ${random.seed}; killed in ${seen.join(', ')}`);
  });
});

needs('netns')('a newcomer on a small disk', () => {
  let disk = '';
  afterEach(() => void execFileSync('umount', ['--lazy', disk]));

  it('that fills up at any moment says so, and goes on by itself when there is room', async () => {
    const random = Random.fromEnv();
    opened = await openLongGrid(history);
    disk = opened.made.folder(names[0]);
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', disk]);
    const one = newcomer(opened, names[0]);
    await one.start({ how: 'join', invitation: opened.invitation });
    const seen: string[] = [];
    for (const stage of faulty) {
      await reach(one, stage);
      await sleep((random.next() * spreadMs[stage]) / 2);
      const told = one.trouble.length;
      fillDisk(disk, random.between(0, 16) * 4096);
      const isTold = () =>
        one.alarm === 'replica/disk-full' || one.trouble.slice(told).some((line) => line.includes('disk-full'));
      await until(`trouble in ${stage}, or the end`, () => isTold() || isWhole(one.folder), 60_000);
      seen.push(`${stage}: ${isTold() ? 'told' : 'over'}`);
      freeDisk(disk);
    }
    await reach(one, 'end');
    await checkEnd(opened, one);
    expect(one.alarm).toBeNull();
    expect(seen[0]).toContain('told');
    console.log(`light start on a full disk: seed ${random.seed}; ${seen.join(', ')}`);
  });
});
