// The stored state against the naive model: random puts, due times, nested savepoints and undos, block after block.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryState } from '../../../../bcdb/rules/memory-state.ts';
import type { Account, Contract, State } from '../../../../bcdb/state.ts';
import { openDatabase } from '../../../../bcdb/store/database.ts';
import { migrate } from '../../../../bcdb/store/migrations.ts';
import { SqlState, versionReader } from '../../../../bcdb/store/sql-state.ts';
import { toHex } from '../../../../core/bytes.ts';
import { seedOf } from '../../../support/bcdb-grid.ts';

const keys = ['a', 'b', 'c', 'd'].map((name) => toHex(seedOf(name)));
const keyAt = (index: number): string => keys[index] ?? '';

type Step =
  | { readonly do: 'put'; readonly key: number; readonly balance: bigint }
  | { readonly do: 'due'; readonly key: number; readonly dueMs: number | null }
  | { readonly do: 'begin' | 'commit' | 'undo' | 'block' };

const index = fc.integer({ min: 0, max: keys.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('put' as const), key: index, balance: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }) }),
  fc.record({
    do: fc.constant('due' as const),
    key: index,
    dueMs: fc.option(fc.integer({ min: 0, max: 50 }), { nil: null }),
  }),
  fc.record({ do: fc.constantFrom('begin' as const, 'commit' as const, 'undo' as const) }),
  fc.record({ do: fc.constant('block' as const) }),
);

const account = (key: string, balance: bigint): Account => ({ key, balance, locked: 0n });

const contract = (id: string, dueMs: number | null): Contract => ({
  id,
  document: Uint8Array.of(1),
  approvals: [],
  version: 1,
  title: String(dueMs),
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

/** Everything that the rules could see. */
const seen = (state: State): unknown => [
  keys.map((key) => [state.get('account', key), state.get('contract', key)]),
  state.due(25, 2),
  state.due(1000, 100),
];

function perform(state: State, taken: Step): void {
  if (taken.do === 'put') state.put('account', keyAt(taken.key), account(keyAt(taken.key), taken.balance));
  else if (taken.do === 'due') {
    state.put('contract', keyAt(taken.key), contract(keyAt(taken.key), taken.dueMs), taken.dueMs);
  } else if (taken.do !== 'block') state[taken.do]();
}

describe('SqlState', () => {
  it('shows what the naive model shows, at every step; and its versions show each block again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { db, close } = openDatabase(':memory:');
        migrate(db);
        const stored = new SqlState(db);
        const model = new MemoryState();
        const versionAt = versionReader(db);
        const blocks: { readonly model: unknown }[] = [];
        const block = (): void => {
          stored.flush(stored.changed(), blocks.length, 0);
          db.exec('COMMIT');
          stored.settle();
          db.exec('BEGIN');
          blocks.push({ model: keys.map((key) => model.get('account', key) !== undefined) });
        };
        let depth = 0;
        db.exec('BEGIN');
        for (const taken of steps) {
          if ((taken.do === 'commit' || taken.do === 'undo') && depth === 0) continue;
          if (taken.do === 'block' && depth > 0) continue;
          depth += taken.do === 'begin' ? 1 : taken.do === 'commit' || taken.do === 'undo' ? -1 : 0;
          perform(model, taken);
          perform(stored, taken);
          if (taken.do === 'block') block();
          expect(seen(stored)).toEqual(seen(model));
        }
        for (const [height, { model: existed }] of blocks.entries()) {
          expect(keys.map((key) => versionAt('account', key, height) !== undefined)).toEqual(existed);
        }
        db.exec('ROLLBACK');
        close();
      }),
      { numRuns: 150 },
    );
  });

  it('forgets a block that was rolled back', () => {
    const { db } = openDatabase(':memory:');
    migrate(db);
    const state = new SqlState(db);
    const key = keyAt(0);
    db.exec('BEGIN');
    state.put('account', key, account(key, 5n));
    state.put('contract', key, contract(key, 7), 7);
    state.addLedger({ account: key, reason: 'mint', delta: 5n, counterparty: null, contract: null, memo: null });
    state.flush(state.changed(), 0, 0);
    db.exec('ROLLBACK');
    state.drop();
    expect(state.get('account', key)).toBeUndefined();
    expect(state.nextDueMs()).toBeUndefined();
    expect(db.prepare('SELECT count(*) AS count FROM ledger').get()).toEqual({ count: 0 });
  });

  it('refuses a statement that does not end at the balance', () => {
    const { db } = openDatabase(':memory:');
    migrate(db);
    const state = new SqlState(db);
    const key = keyAt(0);
    state.put('account', key, account(key, 5n));
    state.addLedger({ account: key, reason: 'mint', delta: 4n, counterparty: null, contract: null, memo: null });
    expect(() => state.flush(state.changed(), 0, 0)).toThrow('replica/corrupt');
  });
});
