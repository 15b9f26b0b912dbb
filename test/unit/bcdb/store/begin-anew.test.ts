// A damaged database is set aside only where that is allowed and everything needed is at hand; what is this replica's own comes along.

import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginAnew, isDamaged } from '../../../../bcdb/store/begin-anew.ts';
import { openDatabase } from '../../../../bcdb/store/database.ts';
import { salvage } from '../../../../bcdb/store/salvage.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { completeTakeOver, verifyFolder } from '../../../../bcdb/store/take-over.ts';
import { readWayBack } from '../../../../bcdb/store/way-back.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { AppError } from '../../../../core/errors.ts';
import { encodeInvitation } from '../../../../core/invitation.ts';
import { Author, foundGrid, seedOf } from '../../../support/bcdb-grid.ts';
import { catchUp, codeFrom, openFollowerStore, openGuardianStore, openTestStore } from '../../../support/bcdb-store.ts';

const tft = 10_000_000n;
const corrupt = new AppError('replica/corrupt', 'as a test says');
const nowMs = Date.UTC(2026, 10, 25, 1, 2, 3);
const asideName = 'damaged-2026-11-25T01-02-03';
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anew-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (): string => join(folder, 'replica.db');
const anew = (): void => beginAnew({ folder, verify: verifySodium, nowMs }, corrupt);
const remember = (store: Store, grid: Uint8Array): void => {
  const invitation = encodeInvitation({ grid, feeds: [seedOf('feed')], peers: [], bootstrap: ['127.0.0.1:9'] });
  store.upkeep.remember('invitation', new TextEncoder().encode(invitation));
};

/** A member with one final and two pending records, closed. */
function member() {
  const [alice, bob] = [new Author('alice'), new Author('bob')];
  const founding = foundGrid([[alice, 100n * tft]]);
  const guardian = openGuardianStore(founding).store;
  const { store } = openFollowerStore(founding, { folder });
  remember(store, founding.grid);
  catchUp(store, guardian);
  store.submit([alice.transfer(founding.grid, bob.key, 1n)]);
  guardian.admit(store.pending(10).map(({ bytes }) => bytes));
  guardian.cut();
  catchUp(store, guardian);
  store.submit([alice.transfer(founding.grid, bob.key, 2n), alice.transfer(founding.grid, bob.key, 3n)]);
  store.close();
  return { alice, bob, founding, guardian };
}

function change(sql: string, ...values: unknown[]): void {
  const db = new Database(path());
  expect(db.prepare(sql).run(...values).changes).toBeGreaterThan(0);
  db.close();
}

const outboxOf = (store: Store): readonly unknown[] =>
  store
    .query('outbox', { limit: 10 })
    .toReversed()
    .map(({ seq, state, height }) => [seq, state, height]);

describe('a member’s damaged database', () => {
  it('is set aside as it was; the new one has the outbox, knows its grid, and settles what the grid then shows', () => {
    const { guardian } = member();
    const before = readFileSync(path());
    anew();
    expect(readFileSync(join(folder, asideName, 'replica.db'))).toEqual(before);
    const { store, outbox } = openTestStore({ how: 'open' }, { folder });
    expect(store.info()).toMatchObject({
      head: null,
      pendingCount: 2,
      healed: { atMs: nowMs, aside: asideName, savedRows: 3, lostRows: 0, isOutboxWhole: true },
    });
    guardian.admit(store.pending(10).map(({ bytes }) => bytes));
    guardian.cut();
    catchUp(store, guardian);
    expect(outboxOf(store)).toEqual([
      [1, 'final', 1],
      [2, 'final', 2],
      [3, 'final', 2],
    ]);
    expect(outbox.map(({ seq }) => seq)).toEqual([2, 3]);
    store.close();
  });

  it('gives no row that its author did not sign, and says how many it does not give', () => {
    const { alice, bob, founding } = member();
    const forged = alice.transfer(founding.grid, bob.key, 99n);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    change("UPDATE outbox SET bytes = ? WHERE seq = 2 AND state = 'pending'", forged);
    const saved = salvage(folder, verifySodium);
    expect(saved?.outbox.map(({ seq }) => seq)).toEqual([1, 3]);
    expect(saved).toMatchObject({ lostRows: 1, isOutboxWhole: true });
    change('UPDATE outbox SET seq = 7 WHERE seq = 3');
    expect(salvage(folder, verifySodium)).toMatchObject({ lostRows: 2, isOutboxWhole: true });
    const other = foundGrid([], { name: 'other' });
    change('UPDATE outbox SET bytes = ? WHERE seq = 1', alice.transfer(other.grid, bob.key, 1n));
    expect(salvage(folder, verifySodium)).toMatchObject({ outbox: [], lostRows: 3 });
  });

  it('with a page of the outbox gone gives the rows on all other pages', () => {
    const [alice, bob] = [new Author('alice'), new Author('bob')];
    const founding = foundGrid([[alice, 100n * tft]]);
    const { store } = openFollowerStore(founding, { folder });
    remember(store, founding.grid);
    catchUp(store, openGuardianStore(founding).store);
    store.submit(Array.from({ length: 100 }, () => alice.transfer(founding.grid, bob.key, 1n)));
    expect(store.pendingCount).toBe(100);
    store.close();
    const db = new Database(path());
    const pages = db
      .prepare("SELECT pageno FROM dbstat WHERE name = 'outbox' AND pagetype = 'leaf' ORDER BY path")
      .pluck()
      .all() as number[];
    db.close();
    expect(pages.length).toBeGreaterThan(8);
    const bytes = readFileSync(path());
    bytes.fill(0x5a, ((pages[4] ?? 0) - 1) * 4096, (pages[4] ?? 0) * 4096);
    writeFileSync(path(), bytes);
    const saved = salvage(folder, verifySodium);
    const kept = saved?.outbox.length ?? 0;
    expect(kept).toBeGreaterThan(80);
    // The indexes still say how many there were.
    expect(saved).toMatchObject({ lostRows: 100 - kept, isOutboxWhole: false });
    expect(saved?.lostRows).toBeGreaterThan(0);
    const seqs = saved?.outbox.map(({ seq }) => seq) ?? [];
    expect(Math.min(...seqs)).toBe(1);
    expect(Math.max(...seqs)).toBe(100);
  });

  it('is left as it is when nothing says which grid it was', () => {
    member();
    change("DELETE FROM meta WHERE name = 'invitation'");
    rmSync(join(folder, 'way-back'));
    const before = readFileSync(path());
    expect(codeFrom(anew)).toBe('replica/corrupt');
    expect(readFileSync(path())).toEqual(before);
    expect(readdirSync(folder)).not.toContain(asideName);
  });

  it('is left as it is while somebody has it open', () => {
    member();
    const { store } = openTestStore({ how: 'open' }, { folder });
    expect(codeFrom(anew)).toBe('replica/in-use');
    expect(readdirSync(folder)).not.toContain(asideName);
    store.close();
  });

  it('is replaced as a whole or not at all, wherever it is cut off', () => {
    member();
    // Built, and set aside under its second name, but not said to be ready: nothing has changed.
    openDatabase(verifyFolder(folder)).close();
    completeTakeOver(folder);
    const { store } = openTestStore({ how: 'open' }, { folder });
    expect(store.info()).toMatchObject({ healed: null, head: { height: 1 } });
    store.close();
    // Ready, but not yet moved: the next start does that.
    const damaged = readFileSync(path());
    anew();
    const fresh = join(verifyFolder(folder), 'replica.db');
    openDatabase(verifyFolder(folder)).close();
    copyFileSync(path(), fresh);
    writeFileSync(path(), damaged);
    const again = openTestStore({ how: 'open' }, { folder });
    expect(again.store.info()).toMatchObject({ pendingCount: 2, head: null, healed: { savedRows: 3 } });
    expect(existsSync(verifyFolder(folder))).toBe(false);
    again.store.close();
  });
});

describe('what counts as damage at opening', () => {
  const judged = (error: unknown): boolean => isDamaged(error, { folder, verify: verifySodium });

  it('is what SQLite says, or a scrub finds where nothing else explains it; never another’s lock, a newer version or a full disk', () => {
    member();
    expect(judged(corrupt)).toBe(true);
    for (const code of ['replica/in-use', 'replica/outdated', 'replica/disk-full', 'grid/exists'] as const) {
      expect([code, judged(new AppError(code))]).toEqual([code, false]);
    }
    expect(judged(new TypeError('a defect of ours'))).toBe(false);
    expect(judged(new AppError('cbor/malformed'))).toBe(false);
    change("UPDATE meta SET value = x'ff' WHERE name = 'peaks'");
    expect(judged(new TypeError('not iterable'))).toBe(true);
    expect(judged(new AppError('cbor/malformed'))).toBe(true);
  });

  it('is also nothing at all where a replica was, and not where none ever was', () => {
    expect(judged(new AppError('replica/not-found'))).toBe(false);
    member();
    rmSync(path());
    expect(judged(new AppError('replica/not-found'))).toBe(true);
  });
});

describe('the way back', () => {
  it('is kept beside the database, and with any bit of it changed is none', () => {
    const { founding } = member();
    const file = join(folder, 'way-back');
    expect(readWayBack(folder)?.grid).toEqual(founding.grid);
    const bytes = readFileSync(file);
    for (let at = 0; at < bytes.length; at += 7) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      writeFileSync(file, flipped);
      expect([at, readWayBack(folder)]).toEqual([at, undefined]);
    }
  });
});

describe('a guardian’s database', () => {
  it('is never replaced, also when it is opened without its key', () => {
    const [alice] = [new Author('alice')];
    const founding = foundGrid([[alice, tft]]);
    const { store } = openGuardianStore(founding, { folder });
    remember(store, founding.grid);
    store.close();
    const before = readFileSync(path());
    expect(codeFrom(anew)).toBe('guardian/damaged');
    expect(readFileSync(path())).toEqual(before);
    expect(readdirSync(folder)).not.toContain(asideName);
  });
});
