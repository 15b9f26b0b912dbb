// A replica that lost its database begins again with a snapshot: its own records stay, also those that became final below it,
// of which it learns when the history was verified; and a snapshot that is given up takes nothing of its own with it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginAnew } from '../../../../bcdb/store/begin-anew.ts';
import { openMeta } from '../../../../bcdb/store/meta.ts';
import { scrub } from '../../../../bcdb/store/scrub.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { completeTakeOver, verifyFolder } from '../../../../bcdb/store/take-over.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { AppError } from '../../../../core/errors.ts';
import { encodeInvitation } from '../../../../core/invitation.ts';
import { Author, foundGrid } from '../../../support/bcdb-grid.ts';
import { importAll, sourceOf } from '../../../support/bcdb-snapshot.ts';
import { catchUp, openFollowerStore, openGuardianStore, openTestStore } from '../../../support/bcdb-store.ts';

const tft = 10_000_000n;
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'heal-snapshot-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const outboxOf = (store: Store): readonly unknown[] =>
  store
    .query('outbox', { limit: 10 })
    .toReversed()
    .map(({ seq, state, code, height }) => [seq, state, code, height]);

/** A member that lost its database: one record of its own was final, two stand in a block that it did not see. */
function scene() {
  const [alice, bob] = [new Author('alice'), new Author('bob')];
  const founding = foundGrid([[alice, 100n * tft]]);
  const { grid } = founding;
  const folder = join(root, 'member');
  const guardianFolder = join(root, 'guardian');
  const guardian = openGuardianStore(founding, { folder: guardianFolder }).store;
  const member = openFollowerStore(founding, { folder }).store;
  const invitation = encodeInvitation({ grid, feeds: [], peers: [], bootstrap: ['127.0.0.1:9'] });
  member.upkeep.remember('invitation', new TextEncoder().encode(invitation));
  catchUp(member, guardian);
  const pass = (): void => {
    guardian.admit(member.pending(10).map(({ bytes }) => bytes));
    guardian.cut();
  };
  member.submit([alice.transfer(grid, bob.key, 1n)]);
  pass();
  catchUp(member, guardian);
  member.submit([alice.transfer(grid, bob.key, 60n * tft)]);
  member.submit([alice.transfer(grid, bob.key, 30n * tft)]);
  pass();
  member.close();
  while ((guardian.info().head?.height ?? 0) < 260) guardian.cut();
  beginAnew({ folder, verify: verifySodium, nowMs: 1_800_000_000_000 }, new AppError('replica/corrupt'));
  const reader = new Database(join(guardianFolder, 'replica.db'), { readonly: true });
  const open = (at = folder): Store => openTestStore({ how: 'open' }, { folder: at }).store;
  return { alice, bob, founding, grid, folder, guardian, reader, open };
}

const waiting = [
  [1, 'final', null, 1],
  [2, 'pending', null, null],
  [3, 'pending', null, null],
];
const settled = [
  [1, 'final', null, 1],
  [2, 'final', null, 2],
  [3, 'final', null, 2],
];

describe('a replica that lost its database', { timeout: 60_000 }, () => {
  it('keeps its own things when a snapshot is given up, and when one is brought in', () => {
    const { open, reader, guardian } = scene();
    let store = open();
    const source = sourceOf(reader);
    store.upkeep.import((desk) => desk.begin(source.manifest(256)));
    store.upkeep.import((desk) => desk.reset());
    store.close();
    store = open();
    expect(outboxOf(store)).toEqual(waiting);
    expect(store.info()).toMatchObject({ head: null, importing: null, healed: { savedRows: 3 } });
    importAll(store, source, 256);
    store.close();
    store = open();
    expect(store.info()).toMatchObject({ floor: 256, pendingCount: 2, healed: { savedRows: 3 } });
    catchUp(store, guardian);
    reader.close();
    store.close();
  });

  it('does not take its record below the snapshot for another one, and learns of it when an archive takes over', () => {
    const { open, reader, guardian, alice, bob, grid, founding, folder } = scene();
    let store = open();
    importAll(store, sourceOf(reader), 256);
    store.close();
    store = open();
    guardian.submit([alice.transfer(grid, bob.key, 5n)]);
    guardian.cut();
    catchUp(store, guardian);
    // Its author went on, so something stands in those places: what, is not known here.
    expect(outboxOf(store)).toEqual(waiting);
    const second = openFollowerStore(founding, { folder: verifyFolder(folder) }).store;
    catchUp(second, guardian);
    store.upkeep.handOver(() => second);
    store.close();
    completeTakeOver(folder);
    store = open();
    expect(outboxOf(store)).toEqual(settled);
    expect(store.info()).toMatchObject({ floor: 0, pendingCount: 0, healed: { savedRows: 3 } });
    store.close();
    const db = new Database(join(folder, 'replica.db'), { readonly: true });
    expect(scrub(db, verifySodium).findings).toEqual([]);
    db.close();
    reader.close();
  });

  it('learns of it also when it keeps only headers and its own people’s part', () => {
    const { open, reader, guardian, founding, folder } = scene();
    let store = open();
    importAll(store, sourceOf(reader), 256);
    store.close();
    store = open();
    const second = openFollowerStore(founding, { folder: verifyFolder(folder) }).store;
    catchUp(second, guardian);
    second.close();
    store.upkeep.keepHeads();
    expect(outboxOf(store)).toEqual(settled);
    store.close();
    const db = new Database(join(folder, 'replica.db'), { readonly: true });
    expect(openMeta(db).get('verified')).toBeDefined();
    expect(scrub(db, verifySodium).findings).toEqual([]);
    db.close();
    reader.close();
  });
});
