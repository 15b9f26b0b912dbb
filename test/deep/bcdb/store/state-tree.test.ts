// The state tree in the database: whatever happened and whenever it was asked, the root is that of all objects from scratch.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account, Contract, GridNode } from '../../../../bcdb/state.ts';
import { Authors } from '../../../../bcdb/store/authors.ts';
import { encodeObject } from '../../../../bcdb/store/codec.ts';
import { openDatabase } from '../../../../bcdb/store/database.ts';
import { incomingOf } from '../../../../bcdb/store/executor.ts';
import { openMeta } from '../../../../bcdb/store/meta.ts';
import { migrate } from '../../../../bcdb/store/migrations.ts';
import { fastSha256 } from '../../../../bcdb/store/sha256.ts';
import { SqlState } from '../../../../bcdb/store/sql-state.ts';
import { itemsOf, StateTree } from '../../../../bcdb/store/state-tree.ts';
import { servableRoots } from '../../../../bcdb/store/tree-store.ts';
import { decodeBlock } from '../../../../core/block.ts';
import { fromHex, toHex, zero32 } from '../../../../core/bytes.ts';
import {
  authorBytes,
  bucketHash,
  bucketOf,
  chainBytes,
  compareItems,
  type StateItem,
  StateNodes,
  stateLeaf,
} from '../../../../core/state-tree.ts';
import { forge } from '../../../support/bcdb-forge.ts';
import { Author, foundGrid, seedOf } from '../../../support/bcdb-grid.ts';
import { catchUp, openFollowerStore, openGuardianStore } from '../../../support/bcdb-store.ts';

const keys = Array.from({ length: 12 }, (_, index) => toHex(seedOf(`key ${index}`)));
const keyAt = (index: number): string => keys[index] ?? '';

/** The root by the definition alone. */
function rootFromScratch(items: readonly StateItem[]): string {
  const buckets = Map.groupBy(items, ({ kind, key }) => bucketOf(kind, key));
  const hashes = [...buckets].map(
    ([bucket, inside]) => [bucket, bucketHash(inside.toSorted(compareItems).map((item) => stateLeaf(item)))] as const,
  );
  return toHex(StateNodes.empty(fastSha256).with(new Map(hashes)).root);
}

const account = (key: string, balance: bigint): Account => ({ key, balance, locked: 0n });
const contract = (id: string, title: string): Contract => ({
  id,
  document: fromHex(id),
  approvals: [],
  version: 1,
  title,
  payer: keyAt(0),
  coordinator: keyAt(0),
  parties: [],
  deleteQuorum: { threshold: 1, signers: [] },
  state: 'running',
  reason: '',
  workloads: [],
  termSeconds: 1,
  recordedMs: 0,
  deployByMs: 0,
  waitUntilMs: null,
  paid: [],
  earned: 0n,
  refunded: 0n,
});
const nothing = { cruMilli: 0, mruBytes: 0, sruBytes: 0, hruBytes: 0 };
const node = (id: string, lastSeenMs: number): GridNode => ({
  id,
  farm: keyAt(0),
  capacity: nothing,
  used: nothing,
  features: [],
  agentVersion: '',
  net: id,
  createdMs: 0,
  lastSeenMs,
  upSinceMs: 0,
  upUntilMs: 0,
  isUp: true,
  contracts: [],
  periodStartMs: 0,
  periodUpMs: 0,
});

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('account' as const), key: fc.nat(11), value: fc.nat(1000) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('contract' as const, 'node' as const),
      key: fc.nat(11),
      value: fc.option(fc.nat(50), { nil: null }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('block' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('root' as const, 'rolled back' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

describe('the state tree of a database', () => {
  it('is the same step by step, after a rollback, and after a restart, as from scratch', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const { db, close } = openDatabase(':memory:');
        migrate(db);
        const open = () => ({
          state: new SqlState(db),
          tree: new StateTree(db, openMeta(db)),
          authors: new Authors(db),
        });
        let { state, tree, authors } = open();
        const model = new Map<string, StateItem>();
        let height = 0;
        const roots: [string, string][] = [];
        const put = (item: StateItem): void => void model.set(`${item.kind}:${toHex(item.key)}`, item);
        const block = (how: 'block' | 'root' | 'rolled back'): void => {
          const changes = state.changed();
          const execution = { changes, authors: authors.changed(), executed: [], defects: [], execHash: zero32 };
          const items = itemsOf(execution, undefined);
          const update = how === 'block' ? undefined : tree.plan(height, items, []);
          state.flush(changes, height, 0);
          if (update !== undefined) tree.write(update);
          if (how === 'rolled back') {
            // Once more, as after a full disk.
            db.exec('ROLLBACK');
            const again = tree.plan(height, items, []);
            db.exec('BEGIN');
            state.flush(changes, height, 0);
            tree.write(again);
          }
          db.exec('COMMIT');
          state.settle();
          db.exec('BEGIN');
          height += 1;
          if (update !== undefined) {
            put({ kind: 'chain', key: new Uint8Array(0), bytes: chainBytes(0), dueMs: null });
            roots.push([toHex(update.root), rootFromScratch([...model.values()])]);
          }
        };
        db.exec('BEGIN');
        let dueInBlock: readonly StateItem[] = [];
        for (const taken of steps) {
          if (taken.do === 'account') {
            const key = keyAt(taken.key);
            const value = account(key, BigInt(taken.value));
            state.put('account', key, value);
            put({ kind: 'account', key: fromHex(key), bytes: encodeObject(value), dueMs: null });
          } else if (taken.do === 'contract' || taken.do === 'node') {
            const key = keyAt(taken.key);
            const value = taken.do === 'contract' ? contract(key, String(taken.value)) : node(key, taken.value ?? 7);
            state.put(taken.do, key, value as Contract & GridNode, taken.value);
            const item = { kind: taken.do, key: fromHex(key), bytes: encodeObject(value), dueMs: taken.value };
            put(item);
            dueInBlock = [...dueInBlock, item];
          } else if (taken.do === 'restart') {
            if (state.changed().length === 0) ({ state, tree, authors } = open());
          } else {
            // Due times are written at once: what is rolled back must be put again.
            if (taken.do === 'rolled back' && dueInBlock.length > 0) block('root');
            else block(taken.do);
            dueInBlock = [];
          }
        }
        db.exec('COMMIT');
        close();
        expect(roots.map(([found]) => found)).toEqual(roots.map(([, naive]) => naive));
      }),
      { numRuns: 40 },
    );
  });

  it('roots that stay servable are few, and some of them stay long', () => {
    const at = 256 * 5000;
    const kept = servableRoots(at);
    expect(kept.size).toBeLessThanOrEqual(8);
    expect([...kept].every((height) => height % 256 === 0 && height <= at)).toBe(true);
    expect(kept.has(256 * 4096)).toBe(true);
    expect([...servableRoots(256)]).toEqual([256]);
  });
});

describe('headers', () => {
  const money = 1_000_000n;

  /** A guardian with 515 blocks, each with a payment to somebody new. */
  function longGrid() {
    const alice = new Author('alice');
    const founding = foundGrid([[alice, money]]);
    const guardian = openGuardianStore(founding).store;
    for (let height = 1; height <= 515; height++) {
      guardian.submit([alice.transfer(founding.grid, seedOf(`somebody ${height}`), 1n)]);
      guardian.cut();
    }
    return { alice, founding, guardian };
  }

  it('carry the state root every 256 blocks, and every replica finds the same', () => {
    const { founding, guardian, alice } = longGrid();
    const withRoot = Array.from({ length: 516 }, (_, height) => height).filter(
      (height) => decodeBlock(guardian.block(height)).header.stateRoot !== undefined,
    );
    expect(withRoot).toEqual([256, 512]);
    const follower = openFollowerStore(founding);
    catchUp(follower.store, guardian);
    expect(follower.store.info().head).toEqual(guardian.info().head);
    const policy = guardian.query('policy', null);
    const { name: _name, ...defaults } = { name: '', ...policy };
    const guardians = [toHex(founding.guardian.key)];
    const single = new Uint8Array(0);
    const items: StateItem[] = [
      { kind: 'chain', key: single, bytes: chainBytes(513), dueMs: null },
      { kind: 'policy', key: single, bytes: encodeObject({ ...defaults, guardians, name: 'test grid' }), dueMs: null },
      {
        kind: 'totals',
        key: single,
        bytes: encodeObject({ minted: money, burned: 0n, balances: money, locked: 0n }),
        dueMs: null,
      },
      { kind: 'author', key: founding.guardian.key, bytes: authorBytes(1, founding.grid), dueMs: null },
      {
        kind: 'author',
        key: alice.key,
        bytes: authorBytes(512, lastAt(guardian, 512)),
        dueMs: null,
      },
      {
        kind: 'account',
        key: alice.key,
        bytes: encodeObject(account(toHex(alice.key), money - 512n)),
        dueMs: null,
      },
      ...Array.from({ length: 512 }, (_, index): StateItem => {
        const key = seedOf(`somebody ${index + 1}`);
        return { kind: 'account', key, bytes: encodeObject(account(toHex(key), 1n)), dueMs: null };
      }),
    ];
    expect(toHex(decodeBlock(guardian.block(512)).header.stateRoot ?? zero32)).toBe(rootFromScratch(items));
  });

  it('without a state root, as on an old grid, are followed; with a wrong one they stop the replica', () => {
    const { founding, guardian } = longGrid();
    const follower = openFollowerStore(founding).store;
    for (let height = 0; height < 256; height++) follower.apply(guardian.block(height));
    const old = openFollowerStore(founding).store;
    for (let height = 0; height < 256; height++) old.apply(guardian.block(height));
    const block = guardian.block(256);
    old.apply(forge(block, founding.guardian, { header: { stateRoot: undefined } }));
    expect(old.info().head?.height).toBe(256);
    const lie = forge(block, founding.guardian, { header: { stateRoot: seedOf('another root') } });
    expect(() => follower.apply(lie)).toThrow('replica/diverged');
    expect(follower.info().alarm?.code).toBe('replica/diverged');
  });
});

function lastAt(store: ReturnType<typeof openGuardianStore>['store'], height: number): Uint8Array {
  const [record = new Uint8Array(0)] = decodeBlock(store.block(height)).records;
  return incomingOf(record).id;
}
