// One whole story on a guardian, a follower and the naive model of the rules: same state, at every height, for ever.

import { beforeAll, describe, expect, it } from 'vitest';
import { executeRecord } from '../../../../bcdb/rules/execute.ts';
import { executeGenesis } from '../../../../bcdb/rules/genesis.ts';
import { MemoryState } from '../../../../bcdb/rules/memory-state.ts';
import { passTime } from '../../../../bcdb/rules/time.ts';
import type { StateKind } from '../../../../bcdb/state.ts';
import { readable } from '../../../../bcdb/store/codec.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { verifySodium } from '../../../../bcdb/verify.ts';
import { toHex } from '../../../../core/bytes.ts';
import { codeOf } from '../../../../core/errors.ts';
import { addressOf, verifyPortable } from '../../../../core/keys.ts';
import { verifyReceipt } from '../../../../core/receipt.ts';
import { decodeRecord } from '../../../../core/record.ts';
import { catchUp, openFollowerStore, openGuardianStore } from '../../../support/bcdb-store.ts';
import { type Story, storyStartMs, tellStory, tft } from '../../../support/bcdb-story.ts';

const kinds = ['account', 'profile', 'farm', 'node', 'contract', 'totals', 'policy'] as const satisfies StateKind[];

/** All objects of the naive model as they stand now. */
const snapshot = (state: MemoryState): ReadonlyMap<string, unknown> =>
  new Map(
    kinds.flatMap((kind) =>
      state
        .all(kind)
        .map((value) => [`${kind}:${'key' in value ? value.key : 'id' in value ? value.id : 'grid'}`, value]),
    ),
  );

let story: Story;
let guardian: Store;
let follower: Store;
/** By height. */
const models: ReadonlyMap<string, unknown>[] = [];

beforeAll(() => {
  story = tellStory();
  const time = { nowMs: storyStartMs };
  guardian = openGuardianStore(story.founding, { time }).store;
  follower = openFollowerStore(story.founding).store;
  const { grid, genesis } = story.founding;
  const model = new MemoryState();
  executeGenesis(model, decodeRecord(genesis), storyStartMs);
  models.push(snapshot(model));
  for (const { timeMs, records } of story.blocks) {
    time.nowMs = timeMs;
    const refused = guardian.admit(records).find((code) => code !== null);
    if (refused !== undefined) throw new Error(`refused at the door: ${refused}`);
    guardian.cut();
    passTime(model, timeMs);
    for (const record of records) {
      model.begin();
      try {
        executeRecord(model, decodeRecord(record), { grid, timeMs, verify: verifySodium });
        model.commit();
      } catch (error) {
        model.undo();
        if (codeOf(error) === undefined) throw error;
      }
    }
    models.push(snapshot(model));
  }
  catchUp(follower, guardian);
});

describe('the state over SQLite', () => {
  it('is that of the naive model at every height, on guardian and follower (time travel)', () => {
    for (const store of [guardian, follower]) {
      for (const [height, model] of models.entries()) {
        for (const [name, value] of model) {
          const [object, id = ''] = name.split(':');
          if (object === 'totals' || object === 'policy') continue;
          const input = { object: object as 'account', id, height };
          expect([name, height, store.query('objectAt', input)]).toEqual([name, height, readable(value)]);
        }
      }
    }
  });

  it('did not have an object before it came', () => {
    const id = toHex(story.contract);
    expect(guardian.query('objectAt', { object: 'contract', id, height: 3 })).toBeNull();
    expect(guardian.query('objectAt', { object: 'contract', id, height: 4 })).not.toBeNull();
    expect(() => guardian.query('objectAt', { object: 'contract', id, height: 99 })).toThrow(
      'replica/not-executed-yet',
    );
  });

  it('has the same books as the model at every height, and explains all of them', () => {
    for (const [height, model] of models.entries()) {
      expect(follower.query('books', { height })).toEqual({
        height,
        ...(model.get('totals:grid') as object),
        unexplained: 0n,
      });
    }
  });

  it('is the same on guardian and follower, hash by hash', () => {
    const all = { limit: 100 };
    expect(follower.query('blocks', all)).toEqual(guardian.query('blocks', all));
    expect(follower.info().head).toEqual(guardian.info().head);
  });
});

describe('what stands in the history', () => {
  it('every record has a receipt that proves it without us', () => {
    for (const { records } of story.blocks) {
      for (const bytes of records) {
        const { id } = decodeRecord(bytes);
        const proven = verifyReceipt(
          follower.query('receipt', { record: toHex(id) }),
          verifyPortable,
          story.founding.grid,
        );
        expect(proven.verdict).toBe(guardian.query('record', { id: toHex(id) })?.verdict);
      }
    }
  });

  it('every statement ends at its account, page by page', () => {
    for (const author of [story.consumer, story.cosigner, story.farmer]) {
      const address = addressOf(author.key);
      const whole = guardian.query('ledger', { address, limit: 1000 }).items;
      expect(whole[0]?.balance).toBe(guardian.query('account', { address }).balance);
      expect(whole.reduce((sum, { delta }) => sum + delta, 0n)).toBe(whole[0]?.balance);
      const paged: unknown[] = [];
      let page = guardian.query('ledger', { address, limit: 2 });
      for (paged.push(...page.items); page.next !== null; paged.push(...page.items)) {
        page = guardian.query('ledger', { address, limit: 2, after: page.next });
      }
      expect(page.floor).toBeNull();
      expect(paged).toEqual(whole);
    }
  });

  it("tells a contract's life, newest first, with the record or without one where time did it", () => {
    const { items } = guardian.query('history', { object: 'contract', id: toHex(story.contract), limit: 100 });
    expect(items.at(-1)).toMatchObject({ kind: 'contract', height: 4, author: addressOf(story.consumer.key) });
    expect(items.some(({ record, kind }) => record === null && kind === null)).toBe(true);
    expect(items.map(({ position }) => position)).toEqual(
      items.map(({ position }) => position).toSorted((a, b) => b - a),
    );
  });

  it("tells an account's life from its statement", () => {
    const id = addressOf(story.cosigner.key);
    const { items } = guardian.query('history', { object: 'account', id, limit: 1 });
    expect(items).toMatchObject([{ what: 'refund', kind: 'cancel', author: id }]);
    const first = guardian.query('history', { object: 'account', id, limit: 100 }).items.at(-1);
    expect(first).toMatchObject({ what: 'transfer', detail: String(50n * tft), kind: 'transfer', height: 3 });
  });

  it('keeps refused records with their codes', () => {
    const refused = story.blocks.flatMap(({ records }) =>
      records.flatMap((bytes) => {
        const view = guardian.query('record', { id: toHex(decodeRecord(bytes).id) });
        return view === null || view.verdict === 'ok' ? [] : [view];
      }),
    );
    expect(refused).toMatchObject([{ kind: 'transfer', verdict: 'money/insufficient', seq: 1 }]);
    expect(guardian.query('blocks', { limit: 100 }).items.filter((block) => block.rejectedCount > 0)).toHaveLength(1);
  });
});

describe('queries of the story', () => {
  it('find people by words of their names, with or without accents, and by transport key', () => {
    const found = (search: string) => guardian.query('profiles', { search, limit: 10 }).items.map(({ name }) => name);
    expect(found('emi')).toEqual(['Émile']);
    expect(found('BYRON ad')).toEqual(['Ada Byron']);
    expect(found('nobody')).toEqual([]);
    expect(found('" OR *')).toEqual([]);
    expect(found('').toSorted()).toEqual(['Ada Byron', 'Émile']);
    expect(guardian.query('profileByNet', { net: toHex(story.farmer.key) })?.name).toBe('Émile');
    expect(guardian.query('account', { address: addressOf(story.consumer.key) }).name).toBe('Ada Byron');
  });

  it('find contracts by party, node, farmer and state', () => {
    const ids = (input: Omit<Parameters<typeof ask>[0], 'limit'>) => ask({ ...input, limit: 10 }).map(({ id }) => id);
    const ask = (input: {
      party?: string;
      node?: string;
      farmer?: string;
      states?: readonly ('ended' | 'running' | 'failed')[];
      limit: number;
    }) => guardian.query('contracts', input);
    const one = [toHex(story.contract)];
    const party = addressOf(story.cosigner.key);
    const farmer = addressOf(story.farmer.key);
    const node = toHex(story.nodes[0].key);
    expect(ids({})).toEqual(one);
    expect(ids({ party })).toEqual(one);
    expect(ids({ party, farmer, node, states: ['ended', 'failed'] })).toEqual(one);
    expect(ids({ party, states: ['running'] })).toEqual([]);
    expect(ids({ farmer: party })).toEqual([]);
    expect(ids({ node: toHex(story.nodes[1].key) })).toEqual([]);
  });

  it('show nodes with their farm as it is now, and the workloads that stand there', () => {
    const node = guardian.query('node', { id: toHex(story.nodes[0].key) });
    expect(node).toMatchObject({ farmName: 'Roos', country: 'BE', workloadCount: 0, status: 'down' });
    const filter = { farmName: 'zonne' };
    const asked = { filter, sort: 'id', descending: false, offset: 0, limit: 10 } as const;
    expect(guardian.query('nodes', asked)).toMatchObject({ count: 0, total: 2, removedBy: { farmName: 2 } });
    expect(guardian.query('nodes', { ...asked, filter: { farmName: 'ROO' } })).toMatchObject({ count: 2 });
    expect(guardian.query('farms', { owner: addressOf(story.farmer.key), limit: 9 })).toMatchObject([
      {
        name: 'Roos',
        nodeCount: 2,
        autoAccept: false,
        minTermSeconds: 60,
        blocked: [addressOf(story.consumer.key)],
      },
    ]);
  });
});
