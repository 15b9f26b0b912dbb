// The indexes while they are being built: whatever a block changes in the meantime, in the end they say what the state says.

import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Farm, GridNode } from '../../../../bcdb/state.ts';
import { migrate } from '../../../../bcdb/store/migrations.ts';
import { type GridIndex, openGridIndex } from '../../../../bcdb/store/queries/grid-index.ts';
import { SqlState } from '../../../../bcdb/store/sql-state.ts';
import { farmOf, naive, nodeAt, places } from './naive-nodes.ts';

function openState() {
  const db = new Database(':memory:');
  migrate(db);
  const state = new SqlState(db);
  let height = 0;
  return {
    db,
    /** A block that writes these; what it changed. */
    write(farms: readonly Farm[], nodes: readonly GridNode[]) {
      for (const farm of farms) state.put('farm', farm.id, farm);
      for (const node of nodes) state.put('node', node.id, node);
      state.flush(state.changed(), height, height);
      height += 1;
      return state.settle();
    },
  };
}

const asked = { filter: { farmName: 'zon' }, sort: 'farm', descending: false } as const;

const answerOf = (index: GridIndex) => {
  const nodes = index.nodes();
  const {
    rows,
    isLast: _isLast,
    ...counts
  } = nodes.find({
    ...asked,
    from: { offset: 0 },
    limit: 50,
    nowMs: 12,
    netOf: () => undefined,
  });
  return { ids: rows.map((row) => nodes.idOf(row)), ...counts };
};

describe('the indexes behind the lists', { timeout: 60_000 }, () => {
  it('say what the state says, whenever blocks come while they are built', () => {
    const change = fc.tuple(
      fc.nat(5),
      fc.option(nodeAt, { nil: undefined }),
      fc.option(fc.constantFrom(...places), { nil: undefined }),
    );
    fc.assert(
      fc.property(fc.array(nodeAt, { maxLength: 20 }), fc.array(change, { maxLength: 6 }), (first, changes) => {
        const { db, write } = openState();
        const farms = new Map(places.map((place, at) => [at, farmOf(at, place)]));
        const nodes = new Map(first.map((node) => [node.id, node]));
        write([...farms.values()], first);
        const index = openGridIndex(db);
        for (const [slices, node, place] of changes) {
          for (let slice = 0; slice < slices; slice++) index.improve(0);
          const farm = place === undefined ? undefined : farmOf(1, place);
          if (farm !== undefined) farms.set(1, farm);
          if (node !== undefined) nodes.set(node.id, node);
          index.committed(write(farm === undefined ? [] : [farm], node === undefined ? [] : [node]));
        }
        const byId = new Map([...farms.values()].map((farm) => [farm.id, farm]));
        expect(answerOf(index)).toEqual(naive({ ...asked, offset: 0, limit: 50 }, [...nodes.values()], byId, 12));
        db.close();
      }),
      { numRuns: 40 },
    );
  });

  it('are not built before somebody begins, and take more than one slice', () => {
    const { db, write } = openState();
    write(
      places.map((place, at) => farmOf(at, place)),
      [],
    );
    const index = openGridIndex(db);
    expect(index.isReady()).toBe(false);
    let slices = 0;
    while (!index.isReady()) {
      index.improve(0);
      slices += 1;
    }
    expect(slices).toBeGreaterThan(2);
  });
});
