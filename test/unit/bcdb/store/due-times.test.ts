// Due times in the overlay: held against a naive map, with undo, detach and commit.

import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueTimes } from '../../../../bcdb/store/due-times.ts';
import { migrate } from '../../../../bcdb/store/migrations.ts';
import { toHex } from '../../../../core/bytes.ts';
import { seedOf } from '../../../support/bcdb-grid.ts';

type Model = Map<string, { kind: 'contract' | 'node'; key: string; dueMs: number }>;

const keys = Array.from({ length: 6 }, (_, index) => toHex(seedOf(`object ${index}`)));
const dueIn = (model: Model, timeMs: number, limit: number) =>
  [...model.values()]
    .filter(({ dueMs }) => dueMs <= timeMs)
    .sort((a, b) => a.dueMs - b.dueMs || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.key < b.key ? -1 : 1))
    .slice(0, limit);

function open() {
  const db = new Database(':memory:');
  migrate(db);
  return { db, due: new DueTimes(db) };
}

describe('due times', () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ does: fc.constant('set' as const), key: fc.nat(5), ms: fc.option(fc.nat(9)) }),
    },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('undo' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ does: fc.constantFrom('flush' as const, 'drop' as const, 'detach' as const) }),
    },
  );

  it('are those of a naive map, whatever is set, undone, written, dropped, taken out and brought back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { due } = open();
        let committed: Model = new Map();
        let model: Model = new Map();
        let undos: { readonly undo: () => void; readonly before: Model }[] = [];
        /** While the changes were taken out: what was seen, and what is committed. */
        const seenWithout: (readonly [unknown, unknown])[] = [];
        for (const one of steps) {
          if (one.does === 'set') {
            const kind = one.key % 2 === 0 ? 'node' : 'contract';
            const key = keys[one.key] ?? '';
            const before = new Map(model);
            const undo = due.set(kind, key, one.ms);
            if (one.ms === null) model.delete(`${kind}:${key}`);
            else model.set(`${kind}:${key}`, { kind, key, dueMs: one.ms });
            if (undo !== undefined) undos.push({ undo, before });
          } else if (one.does === 'undo') {
            const last = undos.pop();
            last?.undo();
            if (last !== undefined) model = last.before;
          } else {
            undos = [];
            if (one.does === 'drop') model = new Map(committed);
            if (one.does === 'drop') due.drop();
            const work = one.does === 'detach' ? due.detach() : undefined;
            if (work !== undefined) {
              seenWithout.push([due.due(99, 9), dueIn(committed, 99, 9)]);
              due.attach(work);
            }
            if (one.does === 'flush') {
              due.flush();
              due.drop();
              committed = new Map(model);
            }
          }
          for (const [seen, stands] of seenWithout.splice(0)) expect(seen).toEqual(stands);
          for (const [timeMs, limit] of [
            [99, 1],
            [99, 9],
            [4, 1],
            [4, 3],
          ] as const) {
            expect(due.due(timeMs, limit)).toEqual(dueIn(model, timeMs, limit));
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('of 20,000 objects pass one after the other, each moved on, without looking through all of them each time', () => {
    const { db, due } = open();
    const insert = db.prepare("INSERT INTO due VALUES ('node', ?, ?)");
    const count = 20_000;
    db.transaction(() => {
      for (let index = 0; index < count; index++) insert.run(seedOf(`node ${index}`), index % 100);
    })();
    let passed = 0;
    for (let next = due.due(1000, 1)[0]; next !== undefined; next = due.due(1000, 1)[0]) {
      due.set(next.kind, next.key, passed % 5 === 0 && next.dueMs < 100 ? 500 : 5000);
      passed += 1;
    }
    expect(passed).toBe(count + count / 5);
  }, 30_000);
});
