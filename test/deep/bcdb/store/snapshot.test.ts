// Snapshots: what is imported and followed from there is, byte for byte, what a replica has that executed everything; and no lie gets in.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Db } from '../../../../bcdb/store/database.ts';
import { fastSha256 } from '../../../../bcdb/store/sha256.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { decodeBlock } from '../../../../core/block.ts';
import { zero32 } from '../../../../core/bytes.ts';
import { decode, encode } from '../../../../core/cbor.ts';
import { checkPiece, encodeAsk } from '../../../../core/snapshot.ts';
import { bucketOf } from '../../../../core/state-tree.ts';
import { forge, openBareGuardian } from '../../../support/bcdb-forge.ts';
import { Author, foundGrid, seedOf } from '../../../support/bcdb-grid.ts';
import {
  historyRows,
  importAll,
  piecesOf,
  type SnapshotGrid,
  sourceOf,
  stateRows,
  storyAround256,
} from '../../../support/bcdb-snapshot.ts';
import { catchUp, codeFrom, openFollowerStore, openGuardianStore, openTestStore } from '../../../support/bcdb-store.ts';

let root = '';
let grid: SnapshotGrid;
let db: Db;
const readers: Db[] = [];

const begin = (store: Store, manifest: Uint8Array) => store.upkeep.import((desk) => desk.begin(manifest));
const add = (store: Store, ask: Uint8Array, piece: Uint8Array) => store.upkeep.import((desk) => desk.add(ask, piece));
const finish = (store: Store): void => store.upkeep.import((desk) => desk.finish());
const reader = (folder: string): Db => {
  const opened = new Database(join(folder, 'replica.db'), { readonly: true });
  readers.push(opened);
  return opened;
};
const folderOf = (name: string): string => mkdtempSync(join(root, name));

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bcdb-snapshot-'));
  const folder = folderOf('guardian');
  grid = storyAround256(folder, 253);
  db = reader(folder);
});
afterAll(() => {
  for (const opened of readers) opened.close();
  rmSync(root, { recursive: true, force: true });
});

/** Imports the snapshot of a height and opens the store on it. */
function light(height: number, mostBytes?: number, level?: number): { store: Store; folder: string } {
  const { founding } = grid.story;
  const folder = folderOf('light');
  const first = openFollowerStore(founding, { folder }).store;
  importAll(first, sourceOf(db, mostBytes), height, level);
  first.close();
  return { store: openTestStore({ how: 'open' }, { folder }).store, folder };
}

describe('a snapshot', { timeout: 60_000 }, () => {
  it('is usable at its height, and following from there gives the same rows as executing everything', () => {
    const fullFolder = folderOf('full');
    const full = openFollowerStore(grid.story.founding, { folder: fullFolder });
    const { guardian } = grid;
    for (let height = 0; height <= 256; height++) full.store.apply(guardian.block(height));
    const { store, folder } = light(256);
    expect(store.info()).toMatchObject({ floor: 256, importing: null, head: full.store.info().head });
    const [ours, theirs] = [reader(folder), reader(fullFolder)];
    expect(stateRows(ours)).toEqual(stateRows(theirs));
    catchUp(store, guardian);
    catchUp(full.store, guardian);
    expect(store.info().head).toEqual(guardian.info().head);
    expect(stateRows(ours)).toEqual(stateRows(theirs));
    expect(historyRows(ours, 256)).toEqual(historyRows(theirs, 256));
    // What is kept beside the state was made from the snapshot, and kept in step from there.
    expect(store.query('stats', null)).toEqual(full.store.query('stats', null));
    const asked = { text: 'roos', limit: 5 };
    expect(store.query('search', asked)).toHaveLength(1);
    expect(store.query('search', asked)).toEqual(full.store.query('search', asked));
  });

  it('is served as of an older root while the replica is further, and again by who began with one', () => {
    const again = light(512);
    const source = sourceOf(reader(light(256).folder));
    const first = openFollowerStore(grid.story.founding, { folder: folderOf('third') }).store;
    importAll(first, source, 256);
    expect(stateRows(db)).toEqual(stateRows(reader(again.folder)));
    expect(() => source.manifest(512)).toThrow('snapshot/unavailable');
    expect(() => source.piece({ height: 512, level: 16, position: 0, skip: 0 })).toThrow('snapshot/unavailable');
  });

  it('comes in pieces of any size', () => {
    const whole = light(256);
    const { store, folder } = light(256, 300, 12);
    expect(stateRows(reader(folder))).toEqual(stateRows(reader(whole.folder)));
    catchUp(store, grid.guardian);
    expect(store.info().head).toEqual(grid.guardian.info().head);
  });

  it('comes also when many objects share a bucket: in parts of it', () => {
    const sharing: Author[] = [];
    for (let index = 0; sharing.length < 4; index++) {
      const key = seedOf(`key ${index}`);
      if (bucketOf('account', key, fastSha256) === 4711) sharing.push({ key } as Author);
    }
    const founding = foundGrid(
      sharing.map((author) => [author, 7n] as const),
      { name: 'crowded' },
    );
    const folder = folderOf('crowded');
    const crowded = openGuardianStore(founding, { folder }).store;
    for (let height = 1; height <= 256; height++) crowded.cut();
    const imported = folderOf('crowded-light');
    const { store } = openFollowerStore(founding, { folder: imported });
    const source = sourceOf(reader(folder), 1);
    // Answers of one object each: the first of a bucket's four is a piece, the others are parts.
    expect(importAll(store, source, 256)).toBe([...piecesOf(source, 256)].length + 3);
    expect(stateRows(reader(imported))).toEqual(stateRows(reader(folder)));
  });

  it('goes on where an import was cut off, and only then is there a head', () => {
    const { founding } = grid.story;
    const folder = folderOf('resumed');
    const source = sourceOf(db, 500);
    const pieces = [...piecesOf(source, 256, 12)];
    const half = openFollowerStore(founding, { folder }).store;
    expect(begin(half, source.manifest(256))).toEqual([]);
    for (const { ask, bytes } of pieces.slice(0, pieces.length / 2)) add(half, encodeAsk(ask), bytes);
    expect(codeFrom(() => half.apply(grid.guardian.block(0)))).toBe('replica/in-use');
    expect(codeFrom(() => finish(half))).toBe('snapshot/wrong-root');
    half.close();
    const rest = openTestStore({ how: 'open' }, { folder }).store;
    const { importing, head } = rest.info();
    expect(head).toBeNull();
    const here = begin(rest, importing ?? new Uint8Array(0));
    expect(here.length).toBeGreaterThan(pieces.length / 3);
    expect(codeFrom(() => begin(rest, source.manifest(512)))).toBe('snapshot/unavailable');
    // Those that are here come again: nothing is written twice.
    for (const { ask, bytes } of pieces) add(rest, encodeAsk(ask), bytes);
    finish(rest);
    rest.close();
    const done = openTestStore({ how: 'open' }, { folder }).store;
    expect(done.info().head?.height).toBe(256);
    expect(codeFrom(() => begin(done, source.manifest(256)))).toBe('grid/exists');
    catchUp(done, grid.guardian);
  });

  it('does not keep what came before, and says so', () => {
    const { store } = light(256);
    expect(codeFrom(() => store.block(100))).toBe('replica/pruned');
    expect(codeFrom(() => store.block(256))).toBe('replica/pruned');
    expect(codeFrom(() => store.block(257))).toBe('replica/not-executed-yet');
    expect(store.block(0)).toEqual(grid.guardian.block(0));
    expect(store.apply(grid.guardian.block(100))).toBe('known');
  });

  it('follows forks and replays of records that it never saw as a replica does that saw them', () => {
    const [alice, bob] = [new Author('alice'), new Author('bob')];
    const founding = foundGrid([[alice, 100n]], { name: 'forks' });
    const guardian = openBareGuardian(founding);
    const first = alice.transfer(founding.grid, bob.key, 1n);
    const fork = alice.writeAt({ grid: founding.grid, seq: 1, prev: zero32 }, 'transfer', {
      to: bob.key,
      amountStroops: 2n,
    });
    guardian.cut([first]);
    for (let height = 2; height <= 256; height++) guardian.cut([]);
    guardian.cut([first, fork, alice.transfer(founding.grid, bob.key, 1n), first, fork]);
    const folder = folderOf('forks-full');
    const full = openFollowerStore(founding, { folder }).store;
    for (let height = 0; height <= 257; height++) full.apply(guardian.block(height));
    expect(guardian.verdicts(257)).toEqual([
      'record/replayed',
      'record/forked',
      'ok',
      'record/replayed',
      'record/forked',
    ]);
    const lightFolder = folderOf('forks-light');
    const begun = openFollowerStore(founding, { folder: lightFolder }).store;
    importAll(begun, sourceOf(reader(folder)), 256);
    begun.close();
    const { store } = openTestStore({ how: 'open' }, { folder: lightFolder });
    expect(store.apply(guardian.block(257))).toBe('applied');
    expect(stateRows(reader(lightFolder))).toEqual(stateRows(reader(folder)));
  });

  it('is no beginning for a guardian, who must know the whole history', () => {
    const { store, folder } = light(256);
    store.close();
    const seed = grid.story.founding.guardian.seed;
    expect(codeFrom(() => openTestStore({ how: 'open' }, { folder, guardianSeed: seed }))).toBe('replica/pruned');
  });
});

describe('a lie', { timeout: 60_000 }, () => {
  const rootOf = (): Uint8Array => decodeBlock(grid.guardian.block(256)).header.stateRoot ?? new Uint8Array(0);

  /** One with several objects in it. */
  const fullPiece = () => {
    const pieces = [...piecesOf(sourceOf(db), 256, 13)];
    const fullest = pieces.toSorted((a, b) => b.bytes.length - a.bytes.length)[0];
    if (fullest === undefined) throw new Error('no piece');
    return fullest;
  };

  it('of any single byte of a piece is found at that piece', () => {
    const { ask, bytes: good } = fullPiece();
    expect(checkPiece(good, ask, rootOf(), fastSha256)?.itemCount).toBeGreaterThan(1);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bad = good.slice();
        bad[at] = (bad[at] ?? 0) ^ flip;
        expect(() => checkPiece(bad, ask, rootOf(), fastSha256)).toThrow(/^(snapshot|cbor)\//);
      }),
      { numRuns: 60 },
    );
  });

  it('by leaving out, adding, or moving an object is found, and nothing of it is written', () => {
    const { ask, bytes: good } = fullPiece();
    const [items, before, behind, path] = decode(good) as [unknown[], unknown[], unknown[], unknown[]];
    const folder = folderOf('lied');
    const { store } = openFollowerStore(grid.story.founding, { folder });
    begin(store, sourceOf(db).manifest(256));
    const lies = [
      [items.slice(1), before, behind, path],
      [[...items, ['account', seedOf('rich'), encode(1), null]], before, behind, path],
      [items.toReversed(), before, behind, path],
      [[...items, items[0]], before, behind, path],
      [items, [seedOf('leaf')], behind, path],
      [items, before, [seedOf('leaf')], path],
      [items, before, behind, [seedOf('sibling')]],
    ];
    for (const lie of lies) {
      expect(codeFrom(() => add(store, encodeAsk(ask), encode(lie)))).toMatch(/^snapshot\//);
    }
    expect(codeFrom(() => add(store, encodeAsk({ ...ask, height: 512 }), encode(lies[0])))).toMatch(/^snapshot\//);
    expect(Object.values(stateRows(reader(folder))).flat()).toEqual([]);
  });

  it('in a manifest is refused', () => {
    const { founding } = grid.story;
    const good = decode(sourceOf(db).manifest(256)) as Record<string, unknown>;
    const block = grid.guardian.block(256);
    const forged = decodeBlock(forge(block, new Author('nobody'), { header: { stateRoot: seedOf('mine') } }));
    const other = foundGrid([], { name: 'another' });
    const otherGenesis = openGuardianStore(other).store.block(0);
    const lies: [Record<string, unknown>, string][] = [
      [{ header: forged.headerBytes }, 'replica/bad-certificate'],
      [{ header: forged.headerBytes, certificate: forged.certificate }, 'replica/bad-certificate'],
      [{ certificate: [] }, 'replica/bad-certificate'],
      [{ header: decodeBlock(grid.guardian.block(255)).headerBytes }, 'snapshot/malformed'],
      [{ genesis: otherGenesis }, 'proof/wrong-grid'],
      [{ genesis: block }, 'snapshot/malformed'],
      [{ peaks: [{ size: 256, hash: seedOf('history') }] }, 'snapshot/malformed'],
      [{ guardians: [{ record: seedOf('proof') }] }, 'snapshot/malformed'],
      [{ say: '3bot/head' }, 'snapshot/malformed'],
    ];
    for (const [lie, code] of lies) {
      const { store } = openFollowerStore(founding);
      expect([lie, codeFrom(() => begin(store, encode({ ...good, ...lie })))]).toEqual([lie, code]);
      expect(store.info().importing).toBeNull();
    }
    expect(codeFrom(() => begin(openFollowerStore(other).store, encode(good)))).toBe('snapshot/malformed');
  });
});
