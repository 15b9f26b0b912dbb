// The store on a real disk: full, damaged, held by somebody else, from the future; and reading that changes nothing.

import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StoreClient, startStore } from '../../bcdb/store/store-client.ts';
import { sha256, toHex } from '../../core/bytes.ts';
import { codeOf, type ErrorData } from '../../core/errors.ts';
import { addressOf } from '../../core/keys.ts';
import { Author, foundGrid } from '../support/bcdb-grid.ts';
import { until } from '../support/bcdb-replicas.ts';
import { openGuardianStore, openTestStore } from '../support/bcdb-store.ts';

const tft = 10_000_000n;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bcdb-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const codeFrom = async (work: () => unknown): Promise<string | undefined> => {
  try {
    await work();
  } catch (error) {
    return codeOf(error);
  }
  return undefined;
};

function setUp() {
  const alice = new Author('alice');
  const founding = foundGrid([[alice, 100n * tft]], { createdMs: Date.now() });
  return { alice, bob: new Author('bob'), founding, grid: founding.grid };
}

describe('a folder', () => {
  it('is held by one store at a time, also within one process', async () => {
    const { founding } = setUp();
    const first = openGuardianStore(founding, { folder }).store;
    const seed = founding.guardian.seed;
    const again = () => openTestStore({ how: 'open' }, { folder, guardianSeed: seed }).store;
    expect(await codeFrom(again)).toBe('replica/in-use');
    const other = `
      import { openDatabase } from ${JSON.stringify(new URL('../../bcdb/store/database.ts', import.meta.url).href)};
      try { openDatabase(${JSON.stringify(folder)}); console.log('open'); } catch (error) { console.log(error.code); }`;
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', other], { encoding: 'utf8' }).trim()).toBe(
      'replica/in-use',
    );
    first.close();
    again().close();
  });

  it('without a grid is not found, of another grid is refused', async () => {
    const { founding } = setUp();
    expect(await codeFrom(() => openTestStore({ how: 'open' }, { folder }))).toBe('replica/not-found');
    openGuardianStore(founding, { folder }).store.close();
    const other = foundGrid([], { name: 'other' });
    expect(await codeFrom(() => openTestStore({ how: 'join', grid: other.grid }, { folder }))).toBe('grid/exists');
    expect(await codeFrom(() => openGuardianStore(other, { folder }))).toBe('grid/exists');
  });

  it('with a database from the future is refused, and not a byte of it changes', async () => {
    const { founding } = setUp();
    openGuardianStore(founding, { folder }).store.close();
    const file = join(folder, 'replica.db');
    const db = new Database(file);
    db.pragma('user_version = 99');
    db.close();
    const before = toHex(sha256(readFileSync(file)));
    expect(await codeFrom(() => openTestStore({ how: 'open' }, { folder }))).toBe('replica/outdated');
    expect(toHex(sha256(readFileSync(file)))).toBe(before);
  });

  it('with a damaged database is corrupt', async () => {
    const { founding } = setUp();
    openGuardianStore(founding, { folder }).store.close();
    writeFileSync(join(folder, 'replica.db'), 'this is no database at all, but long enough to look'.repeat(50));
    expect(await codeFrom(() => openTestStore({ how: 'open' }, { folder }))).toBe('replica/corrupt');
  });

  it('with pages torn out of the database says so, and goes no further', async () => {
    const { founding, alice, bob, grid } = setUp();
    const first = openGuardianStore(founding, { folder }).store;
    first.submit(Array.from({ length: 200 }, () => alice.transfer(grid, bob.key, 1n)));
    first.cut();
    first.close();
    const file = openSync(join(folder, 'replica.db'), 'r+');
    const garbage = Buffer.alloc(4096, 0x5a);
    for (let page = 4; page < 40; page++) writeSync(file, garbage, 0, garbage.length, page * 4096);
    closeSync(file);
    const outcome = await codeFrom(() => {
      const { store } = openTestStore({ how: 'open' }, { folder, guardianSeed: founding.guardian.seed });
      try {
        store.query('account', { address: addressOf(bob.key) });
        store.query('ledger', { address: addressOf(bob.key), limit: 100 });
        store.submit([alice.transfer(grid, bob.key, 1n)]);
        store.cut();
      } finally {
        store.close();
      }
    });
    expect(outcome).toBe('replica/corrupt');
  });
});

describe('reading', () => {
  it('G6 a thousand times changes no byte on disk', () => {
    const { founding, alice, bob, grid } = setUp();
    const { store } = openGuardianStore(founding, { folder });
    store.submit([alice.transfer(grid, bob.key, tft)]);
    store.cut();
    const digests = (): unknown =>
      readdirSync(folder)
        .filter((name) => !name.endsWith('-shm'))
        .map((name) => [name, toHex(sha256(readFileSync(join(folder, name))))]);
    const before = digests();
    const address = addressOf(alice.key);
    const nodes = { filter: {}, sort: 'id', descending: false, offset: 0, limit: 10 } as const;
    for (let round = 0; round < 1000; round++) {
      store.query('account', { address });
      store.query('ledger', { address, limit: 10 });
      store.query('books', {});
      store.query('nodes', nodes);
      store.query('contracts', { limit: 10 });
      store.query('profiles', { search: 'a', limit: 10 });
      store.query('receipt', { record: toHex(alice.last) });
      store.query('objectAt', { object: 'account', id: address, height: 1 });
      store.query('next', { author: address });
      store.block(1);
      store.heads.answer(founding.grid, { net: founding.grid, feed: null });
    }
    expect(digests()).toEqual(before);
    store.close();
  });
});

/** A small file system in memory; needs root, as the containers of this suite do. */
function mountSmall(path: string, kib: number): boolean {
  mkdirSync(path, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', path], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

describe('G30 a full disk', () => {
  it('refuses what it cannot keep, loses nothing that it took, and goes on when there is room', async ({ skip }) => {
    const path = join(folder, 'small');
    if (!mountSmall(path, 3000)) {
      writeSync(1, 'SKIP G30 a full disk: no right to mount a small file system\n');
      skip('no right to mount');
    }
    try {
      const { alarm, taken, balance } = await fillAndFree(path);
      expect(alarm).toMatchObject({ code: 'replica/disk-full', retry: true });
      expect(balance).toBe(taken);
    } finally {
      execFileSync('umount', [path]);
    }
  });
});

type Filled = { readonly alarm: ErrorData | null; readonly taken: bigint; readonly balance: bigint };

/** Hands in records until the disk is full, makes room, and waits until everything is final. */
async function fillAndFree(path: string): Promise<Filled> {
  const { founding, alice, bob, grid } = setUp();
  let alarm: ErrorData | null = null;
  let pending = 0;
  const store: StoreClient = startStore({
    onHead: () => undefined,
    onOutbox: () => undefined,
    onPending: (count) => {
      pending = count;
    },
    onAlarm: (told) => {
      alarm = told;
    },
    onDefect: () => undefined,
    onGone: () => undefined,
  });
  const start = { how: 'create', genesis: founding.genesis } as const;
  await store.call('open', { folder: path, start, guardianSeed: founding.guardian.seed });
  await store.call('order');
  const ballast = join(path, 'ballast');
  writeFileSync(ballast, Buffer.alloc(1_000_000));
  let taken = 0n;
  let code: string | undefined;
  for (let round = 0; round < 2000 && code === undefined && alarm === null; round++) {
    code = await codeFrom(() => store.submit(alice.transfer(grid, bob.key, 1n, 'x'.repeat(60))));
    if (code === undefined) taken += 1n;
  }
  await until('the alarm', () => alarm !== null);
  const raised: ErrorData | null = alarm;
  rmSync(ballast);
  await until('the alarm to pass', () => alarm === null && pending === 0);
  const { balance } = await store.query('account', { address: addressOf(bob.key) });
  await store.close();
  return { alarm: raised, taken, balance };
}
