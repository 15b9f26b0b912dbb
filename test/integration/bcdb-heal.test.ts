// A replica whose database was damaged while it was down: a member sets it aside, comes back with the same state, and its waiting
// record becomes final; a guardian refuses to start, says why, and changes nothing.

import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import type { Replica } from '../../bcdb/replica-api.ts';
import { sha256, toHex } from '../../core/bytes.ts';
import { codeOf } from '../../core/errors.ts';
import { addressOf } from '../../core/keys.ts';
import { Author, foundGrid } from '../support/bcdb-grid.ts';
import { createTestGrid, type TestGrid, until } from '../support/bcdb-replicas.ts';
import { historyRows, stateRows } from '../support/bcdb-snapshot.ts';

const tft = 10_000_000n;
let grid: TestGrid | undefined;
afterEach(async () => {
  await grid?.end();
  grid = undefined;
});

const heightOf = (replica: Replica): number => replica.state().head?.height ?? -1;
const codeFrom = async (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => codeOf(error),
  );

const withDb = <T>(folder: string, work: (db: Database.Database) => T, readonly = true): T => {
  const db = new Database(join(folder, 'replica.db'), { readonly });
  try {
    return work(db);
  } finally {
    db.close();
  }
};

const rowsIn = (folder: string) => withDb(folder, (db) => ({ state: stateRows(db), history: historyRows(db, -1) }));
const digestOf = (folder: string): string => toHex(sha256(readFileSync(join(folder, 'replica.db'))));

/** Page numbers of a table, by SQLite's own books. */
const pagesOf = (folder: string, ...tables: readonly string[]): readonly number[] =>
  withDb(folder, (db) =>
    tables.flatMap((name) => db.prepare('SELECT pageno FROM dbstat WHERE name = ?').pluck().all(name) as number[]),
  );

/** Turns bytes of whole pages over. */
function spoil(folder: string, pages: readonly number[], pageBytes = 4096): void {
  const file = openSync(join(folder, 'replica.db'), 'r+');
  const garbage = Buffer.alloc(pageBytes, 0x5a);
  for (const page of pages) writeSync(file, garbage, 0, pageBytes, (page - 1) * pageBytes);
  expect(fstatSync(file).size).toBeGreaterThan(0);
  closeSync(file);
}

/** Everything in one file. */
const flush = (folder: string): void => withDb(folder, (db) => void db.pragma('wal_checkpoint(TRUNCATE)'), false);

/** A guardian and a member with a history; the member is down, and one record of its own waits in its outbox. */
async function memberDown() {
  const [alice, bob] = [new Author('alice'), new Author('bob')];
  const founding = foundGrid([[alice, 1000n * tft]], { createdMs: Date.now() - 60_000 });
  const made = await createTestGrid(founding);
  grid = made;
  const guardian = await made.guardian();
  const invitation = await guardian.invitation('long');
  const member = await made.member('member', { how: 'join', invitation });
  await until('the genesis', () => heightOf(member) >= 0);
  for (let round = 0; round < 20; round++) {
    await member.submit(alice.transfer(founding.grid, bob.key, 3n));
    await member.settled(toHex(alice.last), 20_000);
  }
  await guardian.close();
  // With no guardian there it stays in the outbox.
  await member.submit(alice.transfer(founding.grid, bob.key, 7n));
  const waiting = toHex(alice.last);
  await member.close();
  const folder = made.folder('member');
  flush(folder);
  const back = (scrubPauseMs?: number) => made.member('member', { how: 'open' }, { scrubPauseMs });
  return { alice, bob, founding, made, folder, waiting, back };
}

type Scene = Awaited<ReturnType<typeof memberDown>>;

/** Starts both again; the member must come to the guardian's head with the guardian's rows. */
async function comeBack({ made, back, folder, waiting, bob }: Scene, isOutboxKept: boolean, scrubPauseMs?: number) {
  const guardian = await made.guardian({ how: 'open' });
  const member = await back(scrubPauseMs);
  const outcome = isOutboxKept ? (await member.settled(waiting, 30_000)).state : 'unknown';
  expect(outcome).toBe(isOutboxKept ? 'final' : 'unknown');
  await until('the head', () => heightOf(member) >= 20 && heightOf(member) === heightOf(guardian));
  expect(member.state()).toMatchObject({ alarm: null, isGuardian: false });
  expect(await member.query('account', { address: addressOf(bob.key) })).toMatchObject({
    balance: 60n + (isOutboxKept ? 7n : 0n),
  });
  const view = member.state().healed;
  await sleep(200);
  await member.close();
  await guardian.close();
  expect(rowsIn(folder)).toEqual(rowsIn(made.folder('guardian')));
  return view;
}

const aside = (folder: string): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('damaged-'));

describe('a database that was damaged while its replica was down', { timeout: 120_000 }, () => {
  it('of a member is set aside and fetched again; a record that waited becomes final', async () => {
    const scene = await memberDown();
    const { folder, made } = scene;
    const damage = pagesOf(folder, 'blocks', 'accounts', 'versions');
    expect(damage.length).toBeGreaterThan(2);
    spoil(folder, damage);
    const damaged = digestOf(folder);
    const view = await comeBack(scene, true);
    expect(view).toMatchObject({ code: 'replica/healed', detail: expect.stringContaining('21 kept, 0 lost') });
    const [name = '', ...others] = aside(folder);
    expect(others).toEqual([]);
    expect(digestOf(join(folder, name))).toBe(damaged);
    expect(existsSync(join(folder, 'verify'))).toBe(false);
    expect(made.errors.map(({ code }) => code)).toEqual(['replica/healed']);
    // The next start finds nothing to heal, and still says what happened.
    const again = await scene.back();
    expect(again.state().healed).toEqual(view);
    expect(aside(folder)).toEqual([name]);
  });

  it('of which nothing can be read is fetched again by the way back beside it, and what may be lost is said', async () => {
    const scene = await memberDown();
    spoil(scene.folder, [1]);
    const view = await comeBack(scene, false);
    expect(view).toMatchObject({
      code: 'replica/outbox-lost',
      detail: expect.stringContaining('0 kept, 0 or more lost'),
    });
    // A second time: only the newest damaged one is kept.
    const [first] = aside(scene.folder);
    flush(scene.folder);
    spoil(scene.folder, [1]);
    await sleep(1100);
    await comeBack(scene, false);
    expect(aside(scene.folder)).toHaveLength(1);
    expect(aside(scene.folder)).not.toEqual([first]);
  });

  it('and is gone altogether is fetched again, too', async () => {
    const scene = await memberDown();
    rmSync(join(scene.folder, 'replica.db'));
    expect(await comeBack(scene, false)).toMatchObject({ code: 'replica/outbox-lost' });
  });

  it('without a way back is left as it is', async () => {
    const scene = await memberDown();
    spoil(scene.folder, [1]);
    rmSync(join(scene.folder, 'way-back'));
    const before = digestOf(scene.folder);
    expect(await codeFrom(scene.back())).toBe('replica/corrupt');
    expect(digestOf(scene.folder)).toBe(before);
    expect(aside(scene.folder)).toEqual([]);
  });

  it('of a guardian is never replaced: it does not start, and says what to do', async () => {
    const scene = await memberDown();
    const folder = scene.made.folder('guardian');
    flush(folder);
    spoil(folder, pagesOf(folder, 'blocks', 'accounts', 'versions'));
    const before = digestOf(folder);
    const refusal = await scene.made.guardian({ how: 'open' }).catch((error: unknown) => error);
    expect(codeOf(refusal)).toBe('guardian/damaged');
    expect(String(refusal)).toContain('npm run replica -- rebuild');
    expect(aside(folder)).toEqual([]);
    expect(digestOf(folder)).toBe(before);
    // Nor without its key: what it promised can be read there.
    expect(await codeFrom(scene.made.member('guardian', { how: 'open' }))).toBe('guardian/damaged');
    expect(digestOf(folder)).toBe(before);
  });
});

/** Changes rows of a closed database, as a bit that flips does: SQLite notices nothing. */
const change = (folder: string, sql: string): void =>
  withDb(folder, (db) => expect(db.prepare(sql).run().changes).toBeGreaterThan(0), false);

describe('a replica that runs looks over what it holds', { timeout: 120_000 }, () => {
  it('and fetches a damaged block again, without a pause', async () => {
    const scene = await memberDown();
    const { folder, made } = scene;
    change(folder, 'UPDATE records SET bytes = zeroblob(100) WHERE height = 5');
    change(folder, 'UPDATE blocks SET certificate = zeroblob(9) WHERE height = 9');
    const guardian = await made.guardian({ how: 'open' });
    const member = await scene.back(1);
    const mended = () =>
      withDb(folder, (db) => {
        const lengths = db.prepare('SELECT length(certificate) FROM blocks WHERE height = 9').pluck().get() as number;
        return lengths > 9 && db.prepare('SELECT bytes FROM records WHERE bytes = zeroblob(100)').get() === undefined;
      });
    await until('both blocks to be whole', mended);
    const told = made.errors.map(({ code, detail }) => `${code} ${detail}`);
    expect(told).toEqual([
      expect.stringMatching(/^replica\/corrupt scrub: records 5: /),
      expect.stringMatching(/^replica\/corrupt scrub: block 9: /),
    ]);
    await until('the head', () => heightOf(member) === heightOf(guardian));
    expect(member.state()).toMatchObject({ alarm: null, healed: null });
    await member.close();
    await guardian.close();
    expect(rowsIn(folder)).toEqual(rowsIn(made.folder('guardian')));
  });

  it('and begins anew where what follows from the blocks is damaged, while others watch it', async () => {
    const scene = await memberDown();
    const { folder, made, bob } = scene;
    change(folder, 'UPDATE ledger SET delta = delta + 1 WHERE position = 2');
    const guardian = await made.guardian({ how: 'open' });
    const member = await scene.back(1);
    const seen: bigint[] = [];
    await member.subscribe('account', { address: addressOf(bob.key) }, ({ answer }) => void seen.push(answer.balance));
    await until('the healing', () => member.state().healed !== null, 60_000);
    await until('the head', () => member.state().alarm === null && heightOf(member) >= heightOf(guardian));
    expect(await member.settled(scene.waiting, 30_000)).toMatchObject({ state: 'final' });
    await until('the watcher to hear of it', () => seen.at(-1) === 67n);
    expect(member.state().healed).toMatchObject({ code: 'replica/healed' });
    await until('both to be level', () => heightOf(member) === heightOf(guardian));
    await member.close();
    await guardian.close();
    expect(rowsIn(folder)).toEqual(rowsIn(made.folder('guardian')));
    expect(made.errors.map(({ code, detail }) => `${code} ${detail}`)).toEqual([
      expect.stringMatching(/^replica\/corrupt scrub: ledger: /),
      expect.stringMatching(/^replica\/healed /),
    ]);
  });

  it('and does so at once when it comes to another result than the guardians: it was this disk', async () => {
    const scene = await memberDown();
    const { folder, made, bob } = scene;
    const older =
      "(SELECT value FROM versions v WHERE v.kind = 'account' AND v.key = accounts.key ORDER BY height LIMIT 1)";
    change(folder, `UPDATE accounts SET value = ${older} WHERE key = x'${toHex(bob.key)}'`);
    const guardian = await made.guardian({ how: 'open' });
    const member = await scene.back();
    expect(await member.settled(scene.waiting, 60_000)).toMatchObject({ state: 'final' });
    await until('both to be level', () => heightOf(member) === heightOf(guardian));
    expect(member.state()).toMatchObject({ alarm: null, healed: { code: 'replica/healed' } });
    await member.close();
    await guardian.close();
    expect(rowsIn(folder)).toEqual(rowsIn(made.folder('guardian')));
    const codes = made.errors.map(({ code }) => code);
    expect(codes).toContain('replica/diverged');
    expect(codes.slice(-2)).toEqual(['replica/corrupt', 'replica/healed']);
  });

  it('and stops where a guardian’s own words are damaged, saying what to do', async () => {
    const scene = await memberDown();
    const folder = scene.made.folder('guardian');
    change(folder, 'UPDATE signed SET signature = zeroblob(64) WHERE height = 3');
    const guardian = await scene.made.guardian({ how: 'open' }, { scrubPauseMs: 1 });
    await until('the alarm', () => guardian.state().alarm !== null);
    expect(guardian.state()).toMatchObject({
      state: 'stopped',
      alarm: { code: 'guardian/damaged', detail: expect.stringContaining('signed 3: ') },
    });
    expect(guardian.state().alarm?.detail).toContain('npm run replica -- rebuild');
    const height = heightOf(guardian);
    const { alice, bob, founding } = scene;
    expect(await codeFrom(guardian.submit(alice.transfer(founding.grid, bob.key, 1n)))).toBe('replica/corrupt');
    await sleep(500);
    expect(heightOf(guardian)).toBe(height);
    expect(aside(folder)).toEqual([]);
  });
});
