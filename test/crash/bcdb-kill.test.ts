// Guardian and member as real processes, each killed in the middle of its work again and again: what was acknowledged
// stands in the history, once, the same on both.

import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { toHex } from '../../core/bytes.ts';
import { Author, foundGrid, seedOf } from '../support/bcdb-grid.ts';
import { until } from '../support/bcdb-replicas.ts';
import { rounds } from '../support/rounds.ts';
import type { Orders } from './entry-replica.ts';
import { ReplicaProcess } from './replica-process.ts';

const kills = rounds(16, 200);
const folder = mkdtempSync(join(tmpdir(), 'bcdb-kill-'));
const running: ReplicaProcess[] = [];

afterEach(async () => {
  await Promise.all(running.map((each) => each.kill()));
  rmSync(folder, { recursive: true, force: true });
});

type Row = Readonly<Record<string, unknown>>;

/** Everything that must be the same on both. */
function bookOf(name: string): {
  readonly blocks: readonly Row[];
  readonly accounts: readonly Row[];
  readonly totals: Row;
} {
  const db = new Database(join(folder, name, 'replica.db'), { readonly: true });
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    return {
      blocks: db.prepare('SELECT height, hex(hash) AS hash, hex(exec_hash) AS exec_hash FROM blocks').all() as Row[],
      accounts: db.prepare('SELECT hex(key) AS key, balance, locked FROM accounts ORDER BY key').all() as Row[],
      totals: db
        .prepare(
          `SELECT (SELECT sum(balance + locked) FROM accounts) AS money,
             (SELECT count(*) FROM (SELECT id FROM records GROUP BY id HAVING count(*) > 1)) AS twice`,
        )
        .get() as Row,
    };
  } finally {
    db.close();
  }
}

function idsOf(name: string): ReadonlySet<string> {
  const db = new Database(join(folder, name, 'replica.db'), { readonly: true });
  const ids = db
    .prepare<[], string>("SELECT lower(hex(id)) FROM records WHERE is_counted = 1 AND verdict = 'ok'")
    .pluck()
    .all();
  db.close();
  return new Set(ids);
}

it(`kill -9 at any moment, ${kills} times: nothing acknowledged is lost, nothing is executed twice`, async () => {
  const to = new Author('receiver');
  const authors = [new Author('at the guardian'), new Author('at the member')] as const;
  const money = 10_000_000_000n;
  const founding = foundGrid(
    authors.map((author) => [author, money] as const),
    { createdMs: Date.now() },
  );
  const orders = (name: string, author: string): Orders => ({
    folder: join(folder, name),
    netSeed: seedOf(`net of ${name} ${folder}`),
    start: { how: 'open' },
    author,
    to: to.key,
  });
  const guardian = new ReplicaProcess({
    ...orders('guardian', 'at the guardian'),
    guardianSeed: Uint8Array.from(founding.guardian.seed),
  });
  const member = new ReplicaProcess(orders('member', 'at the member'));
  running.push(guardian, member);
  await guardian.start({ how: 'create', genesis: founding.genesis });
  await member.start({ how: 'join', invitation: guardian.invitation ?? '' });
  await until('the first records', () => guardian.taken.length > 10 && member.taken.length > 10, 60_000);

  /** Killed at a moment of its own, whatever the other one does just then. */
  async function live(one: ReplicaProcess): Promise<void> {
    for (let round = 0; round < kills / 2; round++) {
      await sleep(randomInt(20, 1000));
      await one.kill();
      await one.start();
    }
  }
  await Promise.all([live(guardian), live(member)]);

  await until(
    'everything to be final and both to be at one height',
    async () => {
      guardian.say('still');
      member.say('still');
      await sleep(200);
      const [ours, theirs] = [guardian.still, member.still];
      return ours?.pendingCount === 0 && theirs?.pendingCount === 0 && ours.height === theirs.height;
    },
    90_000,
  );
  await Promise.all([guardian.close(), member.close()]);

  const [ours, theirs] = [bookOf('guardian'), bookOf('member')];
  const common = Math.min(ours.blocks.length, theirs.blocks.length);
  expect(common).toBeGreaterThan(kills);
  expect(theirs.blocks.slice(0, common)).toEqual(ours.blocks.slice(0, common));
  expect(theirs.accounts).toEqual(ours.accounts);
  for (const [name, book] of [
    ['guardian', ours],
    ['member', theirs],
  ] as const) {
    expect(book.totals).toEqual({ money: Number(2n * money), twice: 0 });
    const ids = idsOf(name);
    const taken = [...guardian.taken, ...member.taken];
    expect(taken.filter((id) => !ids.has(id))).toEqual([]);
    const received = ours.accounts.find(({ key }) => String(key).toLowerCase() === toHex(to.key));
    expect(Number(received?.['balance'])).toBeGreaterThanOrEqual(taken.length);
    expect(ids.size - 1).toBe(Number(received?.['balance']));
  }
  console.log(
    `killed ${guardian.lives - 1} + ${member.lives - 1} times over ${guardian.taken.length + member.taken.length} acknowledged records in ${common} blocks`,
  );
});
