// The store worker as the office drives it, and a commit that fails once: nothing is lost, and it is tried again.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { guardianStore } from '../../../../bcdb/store/guardian-client.ts';
import { startStore } from '../../../../bcdb/store/store-client.ts';
import { Author } from '../../../support/bcdb-grid.ts';
import {
  agree,
  firstProposal,
  foundSharedGrid,
  nextProposal,
  sharedWorld,
  signerOf,
} from '../../../support/bcdb-guardians.ts';
import { openTestStore } from '../../../support/bcdb-store.ts';

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'guardian-client-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

it('three store workers come to block 0 through the interface of the office', async () => {
  const founding = foundSharedGrid(3);
  const nothing = (): void => undefined;
  const listener = { onHead: nothing, onOutbox: nothing, onPending: nothing, onAlarm: nothing, onDefect: nothing };
  const workers = founding.guardians.map(() => startStore({ ...listener, onGone: nothing }));
  try {
    await Promise.all(
      workers.map((worker, index) => {
        const start = { how: 'create', genesis: founding.genesis } as const;
        return worker.call('open', { folder: newFolder(), start, guardianSeed: founding.guardians[index]?.seed });
      }),
    );
    const stores = workers.map(guardianStore);
    const each = <T>(work: (store: (typeof stores)[number]) => Promise<T>): Promise<T[]> =>
      Promise.all(stores.map(work));
    const prepared = await each((store) => store.propose(firstProposal(founding)));
    expect(new Set(prepared.map(({ headerBytes }) => headerBytes.join())).size).toBe(1);
    const prepares = (await each((store) => store.prepare())).map(signerOf);
    const certificate = await each((store) => store.lock(0, prepares));
    expect((await each((store) => store.locked())).every((locked) => locked !== null)).toBe(true);
    await each((store) => store.certify(certificate));
    expect(await each((store) => store.epoch())).toEqual([0, 0, 0]);
    const [worker] = workers;
    expect(await worker?.call('situation')).toMatchObject({ role: 'several', head: { height: 0 }, genesis: null });
    expect(await worker?.call('query', 'evidence', { limit: 5 })).toEqual({ items: [], next: null });
    const moves = await each((store) => store.move(1));
    expect(await stores[0]?.epochRecord(1, moves)).toBeInstanceOf(Uint8Array);
    expect(await worker?.call('takeAdmitted', 10, 1000)).toEqual([]);
    await stores[0]?.adopt(moves[0] ?? new Uint8Array(0), 0);
    await expect(stores[0]?.tick(0)).rejects.toMatchObject({ code: 'guardian/wrong-epoch' });
    expect(await stores[0]?.tick(1)).toBeInstanceOf(Uint8Array);
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}, 30_000);

describe('a commit that the disk does not take', () => {
  it('leaves the state as it was, and is tried again with the same certificate', () => {
    const { founding, stores, alice, bob, grid } = sharedWorld();
    const folder = newFolder();
    const twin = openTestStore({ how: 'join', grid }, { folder, guardianSeed: founding.guardian.seed }).store;
    twin.apply(stores[0]?.block(0) ?? new Uint8Array(0));
    const others = stores.slice(1);
    const { certificate } = agree([twin, ...others], nextProposal(twin, [alice.transfer(grid, bob.key, 5n)]));
    const second = new Database(join(folder, 'replica.db'));
    second.exec("CREATE TRIGGER full BEFORE INSERT ON ledger BEGIN SELECT RAISE (ABORT, 'no room'); END");
    expect(() => twin.act((acts) => acts.certify(certificate))).toThrow('no room');
    expect(twin.info().head?.height).toBe(0);
    expect(twin.query('books', {})).toMatchObject({ unexplained: 0n });
    expect(twin.submit([new Author('alice').transfer(grid, bob.key, 1n)])).toMatchObject([{ view: {} }]);
    second.exec('DROP TRIGGER full');
    second.close();
    twin.act((acts) => acts.certify(certificate));
    for (const store of others) store.act((acts) => acts.certify(certificate));
    expect(twin.info().head).toEqual(others[0]?.info().head);
    twin.close();
  });
});
