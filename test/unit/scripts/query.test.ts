// `npm run query`: the arguments it takes, and that it only reads.

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { applyDelta } from '../../../bcdb/live.ts';
import { isLiveName } from '../../../bcdb/store/live-queries.ts';
import { migrations } from '../../../bcdb/store/migrations.ts';
import { codeOf } from '../../../core/errors.ts';
import { addressOf } from '../../../core/keys.ts';
import { parse } from '../../../core/schema.ts';
import { type Followed, followQuery } from '../../../scripts/lib/follow-query.ts';
import { queryExamples, queryInputs, queryNames } from '../../../scripts/lib/query-inputs.ts';
import { followReplica, readReplica } from '../../../scripts/lib/read-replica.ts';
import { Author, foundGrid } from '../../support/bcdb-grid.ts';
import { openGuardianStore } from '../../support/bcdb-store.ts';
import { farmBody } from '../../support/bcdb-story.ts';

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'query-'));
  folders.push(folder);
  return folder;
};

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const codeFrom = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    return codeOf(error);
  }
  return undefined;
};

describe('arguments of a query', () => {
  it.each(queryNames)('%s takes its own example', (name) => {
    const example = queryExamples[name]
      .replaceAll('G…', addressOf(new Author('alice').key))
      .replaceAll('ID', 'ab'.repeat(32));
    const input: unknown = example === '' ? null : JSON.parse(example);
    expect(() => parse(queryInputs[name], input, 'ipc/bad-input')).not.toThrow();
  });

  it.each(queryNames)('%s refuses what it does not know', (name) => {
    expect(codeFrom(() => parse(queryInputs[name], { other: 1 }, 'ipc/bad-input'))).toBe('ipc/bad-input');
  });
});

describe('a query that is followed', () => {
  it('tells the answer, then a step after each block that changes it', async () => {
    const [alice, bob] = [new Author('alice'), new Author('bob')];
    const founding = foundGrid([[alice, 1000n]]);
    const folder = newFolder();
    const { store } = openGuardianStore(founding, { folder });
    const input = { address: addressOf(bob.key), limit: 5 };
    const told: Followed[] = [];
    const stopping = new AbortController();
    const following = followQuery(folder, { name: 'ledger', input }, stopping.signal, (line) => told.push(line));
    const until = async (count: number): Promise<void> => {
      while (told.length < count) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    await until(1);
    for (const step of [2, 3]) {
      store.admit([alice.transfer(founding.grid, bob.key, 5n)]);
      store.cut();
      await until(step);
    }
    stopping.abort();
    await following;
    const answer = told.reduce<unknown>(
      (before, line) => ('delta' in line ? applyDelta(before, line.delta) : line.answer),
      null,
    );
    expect(answer).toEqual(store.query('ledger', input));
    expect(told.map(({ seq }) => seq)).toEqual([0, 1, 2]);
    store.close();
  });

  it('is not asked again by blocks that do not touch it, and keeps what is in memory in step', async () => {
    const founding = foundGrid([[new Author('alice'), 1000n]]);
    const folder = newFolder();
    const { store } = openGuardianStore(founding, { folder });
    const replica = followReplica(folder);
    const asked = { filter: {}, sort: 'name', descending: false, limit: 5 } as const;
    const farms = () => replica.answer('listFarms', asked);
    expect(replica.look(() => expect(farms().items).toEqual([]))).toBe(true);
    const looks: string[][] = [];
    const look = (): boolean => replica.look((changes) => looks.push(changes.map(({ kind }) => kind).toSorted()));
    expect(look()).toBe(true);
    expect(looks).toEqual([]);
    const [alice, farmer] = [new Author('alice'), new Author('farmer')];
    store.admit([alice.transfer(founding.grid, farmer.key, 5n)]);
    store.cut();
    look();
    store.admit([farmer.write(founding.grid, 'farm', farmBody(farmer))]);
    store.cut();
    look();
    expect(looks).toEqual([['account', 'account'], ['farm']]);
    expect(farms()).toEqual(store.query('listFarms', asked));
    expect(farms().items).toHaveLength(1);
    store.close();
    replica.close();
  });

  it('begins again with a whole answer when another database takes the place of the one it reads', async () => {
    const founding = foundGrid([[new Author('alice'), 1000n]]);
    const [folder, other] = [newFolder(), newFolder()];
    for (const [place, blocks] of [
      [folder, 1],
      [other, 3],
    ] as const) {
      const { store } = openGuardianStore(founding, { folder: place });
      for (let block = 0; block < blocks; block++) store.cut();
      store.close();
    }
    const told: Followed[] = [];
    const stopping = new AbortController();
    const asked = { name: 'head', input: null } as const;
    const following = followQuery(folder, asked, stopping.signal, (line) => told.push(line));
    const height = (): unknown => (told.at(-1) as { answer?: { height: number } } | undefined)?.answer?.height;
    await vi.waitFor(() => expect(height()).toBe(1));
    renameSync(join(other, 'replica.db'), join(folder, 'replica.db'));
    await vi.waitFor(() => expect(height()).toBe(3));
    stopping.abort();
    await following;
    expect(told.map(({ seq }) => seq)).toEqual([0, 0]);
  });

  it('is none whose answer blocks leave alone, and none where no replica is', async () => {
    expect(isLiveName('record')).toBe(false);
    const asked = { name: 'head', input: null } as const;
    await expect(followQuery(newFolder(), asked, AbortSignal.abort(), () => undefined)).rejects.toThrow(
      'replica/not-found',
    );
  });
});

describe('a replica that is only read', () => {
  const [alice, bob] = [new Author('alice'), new Author('bob')];
  const founding = foundGrid([[alice, 1000n]]);

  it('answers as the open store does, and sees what was committed before it was opened', () => {
    const folder = newFolder();
    const { store } = openGuardianStore(founding, { folder });
    store.admit([alice.transfer(founding.grid, bob.key, 5n)]);
    store.cut();
    const replica = readReplica(folder);
    for (const name of ['head', 'policy'] as const) expect(replica.answer(name, null)).toEqual(store.query(name, null));
    const input = { address: addressOf(bob.key), limit: 10 };
    expect(replica.answer('account', input)).toMatchObject({ balance: 5n });
    expect(replica.answer('ledger', input)).toEqual(store.query('ledger', input));
    const before = replica.answer('head', null);
    store.cut();
    expect(replica.answer('head', null)).toEqual(before);
    replica.close();
    store.close();
  });

  it('leaves every byte of the database as it was', () => {
    const folder = newFolder();
    openGuardianStore(founding, { folder }).store.close();
    const hash = (): string =>
      createHash('sha256')
        .update(readFileSync(join(folder, 'replica.db')))
        .digest('hex');
    const before = hash();
    const replica = readReplica(folder);
    replica.answer('nodes', { filter: {}, sort: 'id', descending: false, offset: 0, limit: 10 });
    replica.close();
    expect(hash()).toBe(before);
  });

  it('is not there, or not yet, or from another version', () => {
    const folder = newFolder();
    expect(codeFrom(() => readReplica(folder))).toBe('replica/not-found');
    expect(readdirSync(folder)).toEqual([]);
    openGuardianStore(founding, { folder }).store.close();
    expect(codeFrom(() => readReplica(folder, (migrations.at(-1)?.version ?? 0) + 1))).toBe('replica/outdated');
  });
});
