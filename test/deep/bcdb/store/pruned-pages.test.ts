// A replica that began with a snapshot says where its lists end because nothing more is kept, and only there.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectKind } from '../../../../bcdb/replica-api.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { verifyFolder } from '../../../../bcdb/store/take-over.ts';
import { toHex } from '../../../../core/bytes.ts';
import { addressOf } from '../../../../core/keys.ts';
import { Author } from '../../../support/bcdb-grid.ts';
import { importAll, type SnapshotGrid, sourceOf, storyAround256 } from '../../../support/bcdb-snapshot.ts';
import { codeFrom, openFollowerStore, openTestStore } from '../../../support/bcdb-store.ts';

const floor = 256;
const newcomer = new Author('a newcomer');
let root = '';
let grid: SnapshotGrid;
let store: Store;
let folder = '';

const folderOf = (name: string): string => mkdtempSync(join(root, name));

function follow(follower: Store, upTo = grid.guardian.info().head?.height ?? 0): void {
  for (let height = (follower.info().head?.height ?? -1) + 1; height <= upTo; height++) {
    follower.apply(grid.guardian.block(height));
  }
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'pruned-pages-'));
  const guardianFolder = folderOf('guardian');
  grid = storyAround256(guardianFolder);
  const { founding, cosigner } = grid.story;
  grid.guardian.admit([cosigner.transfer(founding.grid, newcomer.key, 3n)]);
  grid.guardian.cut();
  folder = folderOf('light');
  const db = new Database(join(guardianFolder, 'replica.db'), { readonly: true });
  const first = openFollowerStore(founding, { folder }).store;
  importAll(first, sourceOf(db), floor);
  first.close();
  db.close();
  store = openTestStore({ how: 'open' }, { folder }).store;
  follow(store);
});
afterAll(() => {
  store.close();
  rmSync(root, { recursive: true, force: true });
});

const statement = (of: Store, author: Author, asked: { limit?: number; after?: string } = {}) =>
  of.query('ledger', { address: addressOf(author.key), limit: 100, ...asked });
const life = (of: Store, object: ObjectKind, key: Uint8Array) =>
  of.query('history', { object, id: object === 'account' ? addressOf(key) : toHex(key), limit: 100 });
/** What an item says, whatever its number is on this replica. */
const facts = <T extends { readonly position: number }>(items: readonly T[]) =>
  items.map(({ position: _position, ...rest }) => rest);
const above = <T extends { readonly height: number }>(items: readonly T[]) =>
  items.filter(({ height }) => height > floor);

describe('a page that runs into what is not kept', () => {
  it('says so at the end of a statement, and not before', () => {
    const { cosigner, consumer } = grid.story;
    for (const author of [cosigner, consumer]) {
      const whole = statement(grid.guardian, author);
      const page = statement(store, author);
      expect(whole.floor).toBeNull();
      expect(page).toMatchObject({ next: null, floor });
      expect(above(whole.items).length).toBeLessThan(whole.items.length);
      expect(facts(page.items)).toEqual(facts(above(whole.items)));
    }
    const first = statement(store, cosigner, { limit: 1 });
    expect(first).toMatchObject({ floor: null, next: expect.any(String) });
    const all = [...first.items];
    for (let page = first; page.next !== null; all.push(...page.items)) {
      page = statement(store, cosigner, { limit: 1, after: page.next });
      expect(page.floor).toBe(page.next === null ? floor : null);
    }
    expect(all).toEqual(statement(store, cosigner).items);
  });

  it('says so at the end of the life of what was there before, even when nothing happened since', () => {
    const { contract, farm, nodes, farmer } = grid.story;
    expect(life(store, 'contract', contract)).toMatchObject({ floor });
    expect(life(store, 'node', nodes[0].key)).toMatchObject({ floor });
    expect(life(store, 'farm', farm)).toMatchObject({ floor });
    expect(life(store, 'account', farmer.key).floor).toBe(floor);
    expect(life(store, 'profile', farmer.key)).toEqual({ items: [], next: null, floor });
  });

  it('says nothing of the kind for who came later, and for what never was', () => {
    const page = statement(store, newcomer);
    expect(page).toMatchObject({ items: [{ delta: 3n }], next: null, floor: null });
    expect(life(store, 'account', newcomer.key).floor).toBeNull();
    expect(statement(store, new Author('nobody'))).toEqual({ items: [], next: null, floor: null });
  });

  it('says up to where blocks are missing above the first', () => {
    const page = store.query('blocks', { limit: 1000 });
    expect(page.floor).toBe(floor - 1);
    expect(page.items.at(-1)?.height).toBe(0);
    expect(page.items.at(-2)?.height).toBe(floor);
    expect(store.query('blocks', { from: 100, limit: 5 })).toMatchObject({ items: [{ height: 0 }], floor: floor - 1 });
    expect(store.query('blocks', { limit: 3 }).floor).toBeNull();
    expect(grid.guardian.query('blocks', { limit: 1000 }).floor).toBeNull();
  });
});

describe('what is asked of a height that is not kept', () => {
  it('is refused, an object and a list alike; at the snapshot itself it is there', () => {
    const { contract, farm } = grid.story;
    const list = (height: number) =>
      store.query('listAt', { list: 'nodes of farm', of: toHex(farm), height, limit: 10 }).items;
    const object = (height: number) => store.query('objectAt', { object: 'contract', id: toHex(contract), height });
    for (const height of [0, 100, floor - 1]) {
      expect(codeFrom(() => list(height))).toBe('replica/pruned');
      expect(codeFrom(() => object(height))).toBe('replica/pruned');
    }
    expect(list(floor)).toEqual(
      grid.guardian.query('listAt', { list: 'nodes of farm', of: toHex(farm), height: floor, limit: 10 }).items,
    );
    expect(object(floor)).toMatchObject({ state: 'running' });
  });
});

describe('a light replica that verified the history', () => {
  it('has the whole statement of its own people, all headers, and marks the rest as before', () => {
    const { founding, consumer, cosigner, nodes } = grid.story;
    store.submit([consumer.transfer(founding.grid, newcomer.key, 1n)]);
    const verified = openFollowerStore(founding, { folder: verifyFolder(folder) }).store;
    follow(verified, floor);
    verified.close();
    store.upkeep.keepHeads();
    const page = statement(store, consumer);
    expect(page.floor).toBeNull();
    expect(facts(page.items)).toEqual(facts(statement(grid.guardian, consumer).items));
    expect(life(store, 'account', consumer.key).floor).toBeNull();
    expect(statement(store, cosigner).floor).toBe(floor);
    expect(life(store, 'node', nodes[0].key).floor).toBe(floor);
    const blocks = store.query('blocks', { limit: 1000 });
    expect(blocks.floor).toBeNull();
    expect(blocks.items).toHaveLength((store.info().head?.height ?? 0) + 1);
  });
});
