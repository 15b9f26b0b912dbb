// Subscriptions through a real store thread: the answer, steps as blocks come, at the listener's pace; and lists from indexes that are
// built between other work.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Told } from '../../bcdb/replica-api.ts';
import { type StoreClient, startStore } from '../../bcdb/store/store-client.ts';
import type { AppError } from '../../core/errors.ts';
import { addressOf } from '../../core/keys.ts';
import type { FarmsView } from '../../core/query-views.ts';
import { Author, foundGrid } from '../support/bcdb-grid.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

const noop = (): void => undefined;

async function openThread(): Promise<{ store: StoreClient; farmer: Author; grid: Uint8Array; defects: AppError[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'live-'));
  const farmer = new Author('farmer');
  const founding = foundGrid([[farmer, 1000n]], { createdMs: Date.now() });
  const defects: AppError[] = [];
  const onDefect = (error: AppError): void => void defects.push(error);
  const store = startStore({
    onHead: noop,
    onOutbox: noop,
    onPending: noop,
    onAlarm: noop,
    onGuardian: noop,
    onDefect,
    onGone: noop,
  });
  undo.push(
    () => rmSync(folder, { recursive: true }),
    () => store.close(),
  );
  const start = { how: 'create', genesis: founding.genesis } as const;
  await store.call('open', { folder, start, guardianSeed: founding.guardian.seed });
  await store.call('order');
  return { store, farmer, grid: founding.grid, defects };
}

const farm = (farmer: Author, grid: Uint8Array, name: string): Uint8Array =>
  farmer.write(grid, 'farm', {
    name,
    place: { country: 'BE', city: 'Ghent' },
    prices: { cuHourStroops: 1n, suHourStroops: 1n },
    payout: farmer.key,
    accept: { auto: true, minTermSeconds: 0, blocked: [] },
  });

describe('a subscription through the store thread', () => {
  it('tells of new farms as blocks bring them, fewer times to a slow listener, and nothing once it has ended', async () => {
    const { store, farmer, grid, defects } = await openThread();
    const told: Told<FarmsView>[] = [];
    const slow = Promise.withResolvers<void>();
    const asked = { filter: { country: 'BE' }, sort: 'name', descending: false, limit: 10 } as const;
    const stop = await store.subscribe('listFarms', asked, async (each) => {
      told.push(each);
      if (told.length === 1) await slow.promise;
    });
    for (const name of ['Alpha', 'Beta', 'Gamma']) {
      await store.submit(farm(farmer, grid, name));
      await vi.waitFor(async () => expect(await store.query('search', { text: name, limit: 1 })).toHaveLength(1));
    }
    expect(told.map(({ answer }) => answer.count)).toEqual([0]);
    slow.resolve();
    await vi.waitFor(() => expect(told).toHaveLength(2));
    expect(told[1]).toMatchObject({ seq: 1, delta: { kind: 'list', removed: [] } });
    expect(told[1]?.answer).toEqual(await store.query('listFarms', asked));
    expect(told[1]?.answer.items.map(({ name }) => name)).toEqual(['Alpha', 'Beta', 'Gamma']);
    stop();
    await store.submit(farm(farmer, grid, 'Delta'));
    await vi.waitFor(async () => expect((await store.query('stats', null)).farms).toBe(4));
    expect(told).toHaveLength(2);
    expect(defects).toEqual([]);
  });

  it('refuses a question that cannot be asked, and goes on', async () => {
    const { store, farmer } = await openThread();
    const asked = { filter: {}, sort: 'id', descending: false, limit: 1, after: 'AAAA' } as const;
    await expect(store.subscribe('nodes', asked, noop)).rejects.toThrow('query/bad-cursor');
    const told: unknown[] = [];
    await store.subscribe(
      'account',
      { address: addressOf(farmer.key) },
      ({ answer }) => void told.push(answer.balance),
    );
    expect(told).toEqual([1000n]);
  });
});
