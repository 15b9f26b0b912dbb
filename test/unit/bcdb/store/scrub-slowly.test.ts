// A scrub in steps finds what a scrub at once finds, goes on where it was, and a block is mended only by the very block that belongs there.

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pauseOf } from '../../../../bcdb/replica/scrubbing.ts';
import type { Mending } from '../../../../bcdb/store/mend.ts';
import { scrub } from '../../../../bcdb/store/scrub.ts';
import { openSlowScrub, type ScrubStep } from '../../../../bcdb/store/scrub-slowly.ts';
import { openSnapshotService } from '../../../../bcdb/store/snapshot-service.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { decodeBlock, encodeBlock } from '../../../../core/block.ts';
import { encode } from '../../../../core/cbor.ts';
import { forge } from '../../../support/bcdb-forge.ts';
import { Author, type Founding, foundGrid } from '../../../support/bcdb-grid.ts';
import { historyRows } from '../../../support/bcdb-snapshot.ts';
import { catchUp, codeFrom, openFollowerStore, openGuardianStore, openTestStore } from '../../../support/bcdb-store.ts';

const tft = 10_000_000n;
const heights = 12;
let root = '';
let founding: Founding;
let guardian: Store;
const [alice, bob] = [new Author('alice'), new Author('bob')];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'scrub-'));
  founding = foundGrid([[alice, 100n * tft]]);
  guardian = openGuardianStore(founding).store;
  const follower = openFollowerStore(founding, { folder: join(root, 'pristine') }).store;
  for (let height = 1; height <= heights; height++) {
    guardian.admit([
      alice.transfer(founding.grid, bob.key, 1n),
      // The rules refuse this one; it counts all the same.
      alice.transfer(founding.grid, bob.key, 10_000n * tft),
    ]);
    guardian.cut();
  }
  catchUp(follower, guardian);
  follower.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder with a copy of the follower's database, changed by `sql`. */
function copy(sql?: string): string {
  const folder = mkdtempSync(join(root, 'copy-'));
  copyFileSync(join(root, 'pristine', 'replica.db'), join(folder, 'replica.db'));
  if (sql === undefined) return folder;
  const db = new Database(join(folder, 'replica.db'));
  expect(db.prepare(sql).run().changes).toBeGreaterThan(0);
  db.close();
  return folder;
}

const open = (folder: string): Database.Database => new Database(join(folder, 'replica.db'), { readonly: true });

/** All steps of one round. `fresh`: each by another process, as it were. */
function round(folder: string, isFresh: boolean): readonly ScrubStep[] {
  const steps: ScrubStep[] = [];
  const db = open(folder);
  let slow = openSlowScrub(db, verifySodium);
  do {
    if (isFresh) slow = openSlowScrub(db, verifySodium);
    steps.push(slow.step(steps.at(-1)?.place));
    expect(steps.length).toBeLessThan(200);
  } while (steps.at(-1)?.isEnd !== true);
  db.close();
  return steps;
}

const found = (steps: readonly ScrubStep[]): readonly string[] =>
  steps.flatMap(({ findings }) => findings.map(({ where, what }) => `${where}: ${what}`));

describe('a scrub in steps', () => {
  it.each([true, false])(
    'finds nothing in a sound database, and goes round once (by fresh processes: %s)',
    (isFresh) => {
      const steps = round(copy(), isFresh);
      expect(found(steps)).toEqual([]);
      expect(steps.length).toBe(steps[0]?.steps);
      expect(steps.length).toBeGreaterThan(heights + 20);
    },
  );

  it.each([
    'UPDATE blocks SET header = (SELECT header FROM blocks WHERE height = 7) WHERE height = 8',
    'UPDATE records SET bytes = zeroblob(100) WHERE height = 5',
    'UPDATE versions SET value = zeroblob(9) WHERE height = 6',
    'UPDATE ledger SET delta = delta + 1 WHERE position = 2',
    'UPDATE accounts SET balance = balance + 1 WHERE position = 1',
    'UPDATE authors SET seq = seq + 1',
    "UPDATE meta SET value = x'80' WHERE name = 'peaks'",
  ])('finds what a scrub at once finds: %s', (sql) => {
    const folder = copy(sql);
    const db = open(folder);
    const atOnce = scrub(db, verifySodium).findings.map(({ where, what }) => `${where}: ${what}`);
    db.close();
    expect(atOnce.length).toBeGreaterThan(0);
    expect(found(round(folder, true))).toEqual(atOnce);
    expect(found(round(folder, false))).toEqual(atOnce);
  });

  it('finds an index that leads to another row, table by table', () => {
    const folder = copy();
    const db = open(folder);
    const page = db.prepare("SELECT pageno FROM dbstat WHERE name = 'records_by_id' LIMIT 1").pluck().get() as number;
    db.close();
    const bytes = readFileSync(join(folder, 'replica.db'));
    // A page is filled from its end: this is the end of the first cell.
    const at = page * 4096 - 1;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(folder, 'replica.db'), bytes);
    expect(found(round(folder, true))).toEqual([expect.stringMatching(/^table records: /)]);
  });

  it('begins at the beginning with a place that it does not understand', () => {
    const db = open(copy());
    const slow = openSlowScrub(db, verifySodium);
    const { place } = slow.step(undefined);
    expect(slow.step(encode('elsewhere')).place).toEqual(place);
    db.close();
  });

  it('finds nothing while blocks come in', () => {
    const folder = copy();
    const { store } = openTestStore({ how: 'open' }, { folder });
    const db = open(folder);
    const slow = openSlowScrub(db, verifySodium);
    let last: ScrubStep | undefined;
    do {
      guardian.cut();
      catchUp(store, guardian);
      last = slow.step(last?.place);
      expect(last.findings).toEqual([]);
      // Blocks come as fast as it goes: it would never be through with them.
    } while ((store.info().head?.height ?? 0) < heights + 40);
    while (!last.isEnd) {
      last = slow.step(last.place);
      expect(last.findings).toEqual([]);
    }
    db.close();
    store.close();
  });

  it('takes a week where there is enough to do, and never longer than a minute for a step', () => {
    expect(pauseOf(20)).toBe(60_000);
    expect(pauseOf(1_000_000)).toBeCloseTo(604.8);
    expect(pauseOf(1e9)).toBe(100);
  });
});

describe('a damaged block', () => {
  const damage = 'UPDATE records SET bytes = zeroblob(100) WHERE height = 5';
  const rows = (folder: string) => {
    const db = open(folder);
    try {
      return historyRows(db, -1);
    } finally {
      db.close();
    }
  };

  /** What the reader beside the store makes of a block for height 5. */
  function planned(folder: string, bytes: Uint8Array): Mending {
    const service = openSnapshotService(folder, verifySodium);
    try {
      return service.mend(5, bytes);
    } finally {
      service.close();
    }
  }

  it('that is one record of many costs the store one record', () => {
    const only =
      'UPDATE records SET bytes = zeroblob(100) WHERE position = (SELECT max(position) FROM records WHERE height = 5)';
    const plan = planned(copy(only), guardian.block(5));
    expect([plan.gone.length, plan.records.length]).toEqual([1, 1]);
    const whole = planned(copy(), guardian.block(5));
    expect([whole.gone, whole.records]).toEqual([[], []]);
  });

  it.each([
    damage,
    'UPDATE blocks SET header = zeroblob(90), certificate = zeroblob(9), signatures = 9, record_count = 77 WHERE height = 5',
    'UPDATE blocks SET record_total = 9, rejected_count = 0 WHERE height = 5',
    'DELETE FROM records WHERE height = 5',
    "UPDATE records SET is_counted = 0, verdict = 'record/gap', seq = 900 + seq WHERE height = 5",
  ])('is the one that it was once the right one was given: %s', (sql) => {
    const folder = copy(sql);
    const { store } = openTestStore({ how: 'open' }, { folder });
    store.upkeep.mend(planned(folder, guardian.block(5)));
    store.close();
    expect(rows(folder)).toEqual(rows(copy()));
    expect(found(round(folder, false))).toEqual([]);
  });

  it('takes nothing else: no other block, none that is not certified, no other records, verdicts or signatures', () => {
    const folder = copy(damage);
    const before = rows(folder);
    const right = decodeBlock(guardian.block(5));
    const again = (change: Partial<typeof right>): Uint8Array => encodeBlock({ ...right, ...change });
    const [first, second] = right.records;
    if (first === undefined || second === undefined) throw new Error('two records');
    const spoiled = Uint8Array.from(first);
    spoiled[spoiled.length - 1] = (spoiled.at(-1) ?? 0) ^ 1;
    const stranger = new Author('a stranger');
    const lies: readonly Uint8Array[] = [
      guardian.block(6),
      again({ certificate: [] }),
      forge(guardian.block(5), stranger, {}),
      // Certified, but not what the next block follows.
      forge(guardian.block(5), founding.guardian, { header: { timeMs: right.header.timeMs + 1 } }),
      again({ records: [second, first] }),
      again({ verdicts: ['ok', 'ok'] }),
      again({ records: [spoiled, second] }),
      encode('no block'),
    ];
    const codes = lies.map((bytes) => codeFrom(() => planned(folder, bytes)));
    for (const code of codes)
      expect(code).toMatch(/^(replica\/bad-block|replica\/bad-certificate|net\/failed|cbor\/.*)$/);
    expect(rows(folder)).toEqual(before);
  });
});
