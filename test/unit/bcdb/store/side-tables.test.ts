// What is kept beside the state: after any history the same as a recount of everything, and gone with a block that is undone.

import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Contract, Farm, GridNode, Objects, StateKind } from '../../../../bcdb/state.ts';
import { migrate, migrations, versionOf } from '../../../../bcdb/store/migrations.ts';
import { statsReader } from '../../../../bcdb/store/queries/aggregates.ts';
import { openSideTables, rebuildSideTables } from '../../../../bcdb/store/queries/side-tables.ts';
import { SqlState } from '../../../../bcdb/store/sql-state.ts';
import { toHex } from '../../../../core/bytes.ts';
import { seedOf } from '../../../support/bcdb-grid.ts';
import { farmOf, nodeAt, places } from './naive-nodes.ts';

type Put = {
  readonly [K in StateKind]: { readonly kind: K; readonly key: string; readonly value: Objects[K] };
}[StateKind];

const hex = (name: string): string => toHex(seedOf(name));
const few = fc.nat(4);

const farm: fc.Arbitrary<Put> = fc
  .tuple(fc.nat(places.length - 1), fc.constantFrom(...places), fc.nat(5))
  .map(([at, place, nodeCount]) => {
    const value: Farm = { ...farmOf(at, place), nodeCount };
    return { kind: 'farm', key: value.id, value };
  });
const node: fc.Arbitrary<Put> = nodeAt.map((value: GridNode) => ({ kind: 'node', key: value.id, value }));
const contract: fc.Arbitrary<Put> = fc
  .record({
    at: few,
    title: fc.constantFrom('web shop', 'Café', 'backup'),
    state: fc.constantFrom(
      'deploying' as const,
      'running' as const,
      'ending' as const,
      'ended' as const,
      'failed' as const,
    ),
    loads: fc.array(
      fc.constantFrom('waiting' as const, 'ok' as const, 'error' as const, 'paused' as const, 'deleted' as const),
      { maxLength: 3 },
    ),
  })
  .map(({ at, title, state, loads }) => {
    const value: Contract = {
      id: hex(`contract ${at}`),
      document: seedOf(`document ${at}`),
      approvals: [],
      version: 1,
      title,
      payer: hex('payer'),
      coordinator: hex('payer'),
      parties: [hex('payer')],
      deleteQuorum: { threshold: 1, signers: [] },
      state,
      reason: '',
      workloads: loads.map((load, index) => ({
        name: `load-${index}`,
        node: hex('node 1'),
        image: '',
        capacity: { cruMilli: 1, mruBytes: 1, sruBytes: 1, hruBytes: 1 },
        priceStroops: 1n,
        state: load,
        code: null,
        detail: null,
        runningMs: 0,
        countedUntilMs: 0,
        earnedStroops: 0n,
      })),
      termSeconds: 1,
      recordedMs: at,
      deployByMs: 1,
      waitUntilMs: null,
      paid: [],
      earned: 0n,
      refunded: 0n,
    };
    return { kind: 'contract', key: value.id, value };
  });
const person: fc.Arbitrary<Put> = fc.oneof(
  few.map((at): Put => {
    const key = hex(`person ${at}`);
    return { kind: 'account', key, value: { key, balance: 0n, locked: 0n } };
  }),
  fc.tuple(few, fc.constantFrom('Ada', 'Émile', 'Bo')).map(([at, name]): Put => {
    const key = hex(`person ${at}`);
    return { kind: 'profile', key, value: { key, name, roles: [], net: key } };
  }),
);
const block = fc.array(fc.oneof(farm, node, contract, person), { maxLength: 12 });

/** Writes blocks as the committer does; of a lost one nothing stays. */
function play(db: Database.Database, blocks: readonly (readonly [puts: readonly Put[], isLost: boolean])[]): void {
  const state = new SqlState(db);
  const side = openSideTables(db);
  for (const [height, [puts, isLost]] of blocks.entries()) {
    for (const { kind, key, value } of puts) state.put(kind, key, value as never);
    const changed = state.changed();
    const changes = changed.map(({ change }) => ({ before: state.before(change.kind, change.key), after: change }));
    db.exec('BEGIN');
    state.flush(changed, height, height);
    side.write(changes);
    db.exec(isLost ? 'ROLLBACK' : 'COMMIT');
    if (isLost) state.drop();
    else state.settle();
  }
}

/** Everything that stands in the side tables; texts as what finds them. */
function contents(db: Database.Database): unknown {
  const found = (table: string, word: string): unknown[] =>
    db.prepare(`SELECT rowid FROM ${table} WHERE ${table} MATCH ? ORDER BY rowid`).pluck().all(`"${word}"*`);
  const items = db.prepare('SELECT kind, key FROM search_items').raw().all() as [string, Buffer][];
  const texts = ['zon', 'alpha', 'ete', 'orle', 'belg', 'fran', 'ada', 'emi', 'bo', 'gou'].map((word) => [
    word,
    (found('search_texts', word) as number[])
      .map((position) => db.prepare('SELECT kind, key FROM search_items WHERE position = ?').raw().get(position))
      .map((item) => String((item as [string, Buffer])[1].toString('hex')))
      .sort(),
  ]);
  return {
    aggregates: db.prepare('SELECT name, part, value FROM aggregates').all(),
    items: items.map(([kind, key]) => `${kind} ${key.toString('hex')}`).sort(),
    texts,
    titles: ['web', 'cafe', 'back', 'shop'].map((word) => [word, found('contract_titles', word)]),
  };
}

describe('the tables beside the state', () => {
  it('are after any history what a recount from scratch makes of the state', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(block, fc.boolean()), { maxLength: 8 }), (blocks) => {
        const db = new Database(':memory:');
        migrate(db);
        play(db, blocks);
        const kept = contents(db);
        rebuildSideTables(db);
        expect(kept).toEqual(contents(db));
        db.close();
      }),
      { numRuns: 150 },
    );
  });

  it('count what the objects say', () => {
    const db = new Database(':memory:');
    migrate(db);
    const one = { ...farmOf(0, places[0]), nodeCount: 2 };
    const base = {
      farm: one.id,
      features: [],
      agentVersion: '1',
      net: hex('n'),
      createdMs: 0,
      lastSeenMs: 0,
      upSinceMs: 0,
      upUntilMs: 0,
      contracts: [],
      periodStartMs: 0,
      periodUpMs: 0,
    };
    const capacity = { cruMilli: 8000, mruBytes: 2 ** 52, sruBytes: 10, hruBytes: 0 };
    const used = { cruMilli: 1000, mruBytes: 1, sruBytes: 0, hruBytes: 0 };
    const nodes = [true, false].map(
      (isUp, at): Put => ({
        kind: 'node',
        key: hex(`node ${at}`),
        value: { ...base, id: hex(`node ${at}`), capacity, used, isUp },
      }),
    );
    play(db, [[[{ kind: 'farm', key: one.id, value: one }, ...nodes], false]]);
    const both = { cruMilli: 16_000n, mruBytes: 2n ** 53n, sruBytes: 20n, hruBytes: 0n };
    expect(statsReader(db)()).toEqual({
      nodes: 2,
      nodesUp: 1,
      farms: 1,
      countries: 1,
      nodesByCountry: [{ country: 'BE', nodes: 2 }],
      total: both,
      used: { cruMilli: 2000n, mruBytes: 2n, sruBytes: 0n, hruBytes: 0n },
      freeOnUpNodes: { cruMilli: 7000n, mruBytes: 2n ** 52n - 1n, sruBytes: 10n, hruBytes: 0n },
      contracts: { deploying: 0, running: 0, ending: 0, ended: 0, failed: 0 },
      workloads: { waiting: 0, ok: 0, error: 0, paused: 0, deleted: 0 },
      accounts: 0,
      profiles: 0,
    });
  });
});

describe('migration 4', () => {
  it('counts and reads what stands in a database of the version before', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), (blocks) => {
        const db = new Database(':memory:');
        migrate(
          db,
          migrations.filter(({ version }) => version < 4),
        );
        const state = new SqlState(db);
        for (const [height, puts] of blocks.entries()) {
          for (const { kind, key, value } of puts) state.put(kind, key, value as never);
          state.flush(state.changed(), height, height);
          state.settle();
        }
        migrate(db);
        expect(versionOf(db)).toBeGreaterThanOrEqual(4);
        const made = contents(db);
        const fresh = new Database(':memory:');
        migrate(fresh);
        play(
          fresh,
          blocks.map((puts) => [puts, false]),
        );
        expect(made).toEqual(contents(fresh));
        db.close();
        fresh.close();
      }),
      { numRuns: 40 },
    );
  });
});
