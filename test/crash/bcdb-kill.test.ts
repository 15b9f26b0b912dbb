// Guardian and member as real processes, each killed in the middle of its work again and again: what was acknowledged
// stands in the history, once, the same on both.

import { type ChildProcess, fork } from 'node:child_process';
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
import type { Orders, Told } from './entry-replica.ts';

const kills = rounds(30, 200);
const folder = mkdtempSync(join(tmpdir(), 'bcdb-kill-'));
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** One of the two, over all its lives. */
class Member {
  readonly taken: string[] = [];
  readonly trouble: string[] = [];
  invitation: string | undefined;
  still: { height: number; pendingCount: number } | undefined;
  lives = 0;
  readonly #orders: Orders;
  #child: ChildProcess | undefined;

  constructor(orders: Orders) {
    this.#orders = orders;
  }

  /** Starts it, and waits until it is open. */
  async start(start: Orders['start'] = { how: 'open' }): Promise<void> {
    const child = fork(new URL('./entry-replica.ts', import.meta.url), { serialization: 'advanced', execArgv: [] });
    running.add(child);
    this.#child = child;
    let isOpen = false;
    child.on('message', (told: Told) => {
      if (told.type === 'open') {
        this.invitation = told.invitation;
        isOpen = true;
      } else if (told.type === 'taken') this.taken.push(told.id);
      else if (told.type === 'still') this.still = told;
      else this.trouble.push(told.text);
    });
    child.once('exit', () => running.delete(child));
    child.send({ ...this.#orders, start } satisfies Orders);
    await until(`a life of ${this.#orders.author}`, () => isOpen, 60_000).catch((error: unknown) => {
      throw new Error(`life ${this.lives}: ${this.trouble.slice(-8).join(' | ')}`, { cause: error });
    });
    this.lives += 1;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  say(word: 'still' | 'close'): void {
    if (this.#child?.connected === true) this.#child.send(word);
  }
}

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
  const guardian = new Member({
    ...orders('guardian', 'at the guardian'),
    guardianSeed: Uint8Array.from(founding.guardian.seed),
  });
  const member = new Member(orders('member', 'at the member'));
  await guardian.start({ how: 'create', genesis: founding.genesis });
  await member.start({ how: 'join', invitation: guardian.invitation ?? '' });
  await until('the first records', () => guardian.taken.length > 10 && member.taken.length > 10, 60_000);

  /** Killed at a moment of its own, whatever the other one does just then. */
  async function live(one: Member): Promise<void> {
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
  guardian.say('close');
  member.say('close');
  await until('both to end', () => running.size === 0);

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
