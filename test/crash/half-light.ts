// A replica's folder that stands on a snapshot, with all blocks up to it verified beside: what is left to do is the take-over.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { compareRows } from '../../bcdb/store/rebuild.ts';
import type { Store } from '../../bcdb/store/store.ts';
import type { StoreClient } from '../../bcdb/store/store-client.ts';
import { startStore } from '../../bcdb/store/store-client.ts';
import { verifyFolder } from '../../bcdb/store/take-over.ts';
import { toHex } from '../../core/bytes.ts';
import { codeOf, type ErrorData } from '../../core/errors.ts';
import { Author } from '../support/bcdb-grid.ts';
import { importAll, sourceOf } from '../support/bcdb-snapshot.ts';
import { catchUp, openFollowerStore, openTestStore } from '../support/bcdb-store.ts';
import { foundLong, writeHistory } from '../support/light-grid.ts';

const snapshotHeight = 256;
const height = 260;

export type HalfLight = {
  /** To be copied. */
  readonly folder: string;
  readonly grid: Uint8Array;
  /** Whose records are in the outbox: the first waits already. */
  readonly newcomer: Author;
  readonly waiting: string;
  /** The folder of a replica that executed everything. */
  readonly whole: string;
};

/** Makes it below `root`. */
export function makeHalfLight(root: string): HalfLight {
  const newcomer = new Author('newcomer');
  const parts = foundLong([newcomer]);
  const { founding } = parts;
  const [whole, folder] = [join(root, 'whole'), join(root, 'half')];
  writeHistory(whole, parts, { height, each: 4, isCrowd: true });
  const guardian = openTestStore({ how: 'open' }, { folder: whole }).store;
  const reader = new Database(join(whole, 'replica.db'), { readonly: true });
  mkdirSync(folder);
  const first = openFollowerStore(founding, { folder }).store;
  importAll(first, sourceOf(reader), snapshotHeight);
  first.close();
  const own = openTestStore({ how: 'open' }, { folder }).store;
  catchUp(own, guardian);
  const verified = openFollowerStore(founding, { folder: verifyFolder(folder) }).store;
  for (let at = 0; at <= snapshotHeight; at++) verified.apply(guardian.block(at));
  verified.close();
  own.submit([newcomer.transfer(founding.grid, parts.bob.key, 1n)]);
  own.close();
  reader.close();
  guardian.close();
  return { folder, grid: founding.grid, newcomer, waiting: toHex(newcomer.last), whole };
}

/** What is known of a store that runs in its own thread. */
export type Watched = { readonly store: StoreClient; readonly alarms: (ErrorData | null)[] };

export async function openWatched(folder: string): Promise<Watched> {
  const alarms: (ErrorData | null)[] = [];
  const noop = (): void => undefined;
  const store = startStore({
    onHead: noop,
    onOutbox: noop,
    onPending: noop,
    onAlarm: (alarm) => alarms.push(alarm),
    onDefect: noop,
    onGone: noop,
  });
  await store.call('open', { folder, start: { how: 'open' } });
  return { store, alarms };
}

/** A further record of the newcomer, at whatever place its chain has come to; undefined with the code of why not. */
export async function handIn(
  { store }: Watched,
  { newcomer, grid }: HalfLight,
): Promise<{ readonly id?: string; readonly code?: string | undefined }> {
  try {
    const [end] = await store.query('outbox', { limit: 1 });
    const at = { grid, seq: newcomer.seq + 1, prev: newcomer.last };
    expect(end?.seq).toBe(newcomer.seq);
    const { id } = await store.submit(newcomer.writeAt(at, 'transfer', { to: newcomer.key, amountStroops: 1n }));
    return { id };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

/** It took over everything: the same rows as who executed all, and the outbox. */
export function checkWhole({ whole }: HalfLight, folder: string, waiting: readonly string[]): void {
  const [ours, theirs] = [folder, whole].map((each) => new Database(join(each, 'replica.db'), { readonly: true }));
  if (ours === undefined || theirs === undefined) return;
  try {
    expect(compareRows(ours, theirs)).toEqual([]);
    const outbox = ours.prepare<[], string>("SELECT lower(hex(id)) FROM outbox WHERE state = 'pending' ORDER BY seq");
    expect(outbox.pluck().all()).toEqual(waiting);
  } finally {
    ours.close();
    theirs.close();
  }
}

/** How a store stands between the two: on its snapshot, or on the whole history; with its head in both cases. */
export function checkStanding({ store }: { readonly store: Store }): 'light' | 'whole' {
  const { floor, head, alarm } = store.info();
  expect({ height: head?.height, alarm }).toEqual({ height, alarm: null });
  expect([0, snapshotHeight]).toContain(floor);
  return floor === 0 ? 'whole' : 'light';
}
