// The capacity browser's index against the naive answer: filters, counts, what each filter removes, order, pages, cursors; and
// after every change as after a fresh start.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Farm, GridNode } from '../../../../bcdb/state.ts';
import { NodeIndex, type NodesAsked } from '../../../../bcdb/store/queries/node-index.ts';
import { fromHex, toHex } from '../../../../core/bytes.ts';
import type { NodeFilter } from '../../../../core/query-views.ts';
import { seedOf } from '../../../support/bcdb-grid.ts';
import { farmOf, filters, naive, nodeAt, places, sorts } from './naive-nodes.ts';

const farmsOf = (list: readonly Farm[]): ReadonlyMap<string, Farm> => new Map(list.map((farm) => [farm.id, farm]));

function indexOf(farms: readonly Farm[], nodes: readonly GridNode[]): NodeIndex {
  const index = new NodeIndex();
  for (const farm of farms) index.putFarm(farm);
  for (const node of nodes) index.putNode(node);
  return index;
}

const question = fc.record({
  filter: filters,
  sort: fc.constantFrom(...sorts),
  descending: fc.boolean(),
  offset: fc.nat(10),
  limit: fc.nat(10),
});

const nowMs = 12;
const netOf = (nodes: readonly GridNode[]) => (id: string) => nodes.find((node) => node.id === id)?.net;

function ask(
  index: NodeIndex,
  nodes: readonly GridNode[],
  asked: Pick<NodesAsked, 'filter' | 'sort' | 'descending' | 'limit' | 'from'>,
) {
  const { rows, isLast: _isLast, ...counts } = index.find({ ...asked, nowMs, netOf: netOf(nodes) });
  return { ids: rows.map((row) => index.idOf(row)), ...counts };
}

describe('the node index', () => {
  it('answers as a scan of everything would, before and after changes', () => {
    const change = fc.oneof(
      fc.record({ node: nodeAt }),
      fc.record({ farm: fc.tuple(fc.nat(places.length - 1), fc.constantFrom(...places)) }),
    );
    fc.assert(
      fc.property(
        fc.array(nodeAt, { maxLength: 60 }),
        fc.array(change, { maxLength: 20 }),
        fc.array(question, { minLength: 1, maxLength: 4 }),
        (first, changes, questions) => {
          const farms = places.map((place, at) => farmOf(at, place));
          const index = indexOf(farms, first);
          const nodes = new Map(first.map((node) => [node.id, node]));
          // Some columns are built before the changes, some after.
          const hold = (): void => {
            for (const { offset, ...asked } of questions) {
              const list = [...nodes.values()];
              expect(ask(index, list, { ...asked, from: { offset } })).toEqual(
                naive({ ...asked, offset }, list, farmsOf(farms), nowMs),
              );
            }
          };
          hold();
          for (const each of changes) {
            if ('node' in each) {
              nodes.set(each.node.id, each.node);
              index.putNode(each.node);
            } else {
              const [at, place] = each.farm;
              const farm = farmOf(at, place);
              farms[at] = farm;
              index.putFarm(farm);
            }
          }
          hold();
        },
      ),
      { numRuns: 200 },
    );
  });

  it('walks a list by cursors as by offsets, whether or not the row of the cursor is still there', () => {
    fc.assert(
      fc.property(fc.array(nodeAt, { maxLength: 40 }), question, (list, { filter, sort, descending, limit }) => {
        const farms = places.map((place, at) => farmOf(at, place));
        const nodes = [...new Map(list.map((node) => [node.id, node])).values()];
        const index = indexOf(farms, nodes);
        const whole = naive({ filter, sort, descending, offset: 0, limit: 100 }, nodes, farmsOf(farms), nowMs).ids;
        const size = Math.max(1, limit);
        for (let at = 0; at < whole.length; at += size) {
          const last = index.columns.ids.find(whole[at - 1] ?? '');
          const from =
            last === undefined
              ? { offset: 0 }
              : { after: index.afterOf(sort, { key: index.keyOf(sort, last), id: index.columns.ids.bytesOf(last) }) };
          expect(ask(index, nodes, { filter, sort, descending, limit: size, from }).ids).toEqual(
            whole.slice(at, at + size),
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('finds its pages in large sets too, where many rows are equal', () => {
    const farm = farmOf(0, places[0]);
    const nodes = Array.from({ length: 6000 }, (_, at): GridNode => {
      const cruMilli = at % 3 === 0 ? 3000 : at;
      return { ...someNode(at), capacity: { ...none, cruMilli }, used: none, lastSeenMs: at % 2 };
    });
    const index = indexOf([farm], nodes);
    const asked: readonly (readonly [NodesAsked['sort'], NodeFilter])[] = [
      ['totalCru', {}],
      ['lastSeen', {}],
      ['id', {}],
      ['country', { freeCruMilli: 2000 }],
      ['totalCru', { freeCruMilli: 1001, seenFromMs: 1 }],
    ];
    for (const [sort, filter] of asked) {
      for (const descending of [false, true]) {
        for (const offset of [0, 7, 4096, 5_990]) {
          const input = { filter, sort, descending, limit: 60 };
          expect(ask(index, nodes, { ...input, from: { offset } })).toEqual(
            naive({ ...input, offset }, nodes, farmsOf([farm]), nowMs),
          );
        }
      }
    }
  });

  it('finds the nodes of a country that shares its bin with others, and of many or few farms', () => {
    const letters = 'ABCDEFGHIJ'.split('');
    const countries = letters.flatMap((a) => letters.map((b) => `${a}${b}`));
    const farms = ['BE', ...countries].map((country, at) => farmOf(at, ['Zon', country, `city ${at % 3}`, 10n]));
    // Nearly all in one place, and one node in each of the others: a hundred countries in few bins.
    const nodes = Array.from({ length: 5000 }, (_, at) => ({
      ...someNode(at),
      farm: farms[at < 100 ? at + 1 : 0]?.id ?? '',
    }));
    const index = indexOf(farms, nodes);
    const filters: readonly NodeFilter[] = [
      ...countries.map((country) => ({ country })),
      { country: 'ZZ' },
      { countries: ['AA', 'BE', 'CD', 'ZZ'] },
      { city: 'city 0' },
      { city: 'city', farm: farms[7]?.id ?? '' },
    ];
    for (const filter of filters) {
      const input = { filter, sort: 'id', descending: false, limit: 3 } as const;
      const { ids, ...counts } = naive({ ...input, offset: 0 }, nodes, farmsOf(farms), nowMs);
      expect(ask(index, nodes, { ...input, from: { offset: 0 } })).toEqual({ ids, ...counts });
    }
  });

  it('keeps in step when values wander away from where they were', () => {
    const farm = farmOf(0, places[0]);
    const nodes = Array.from({ length: 9000 }, (_, at): GridNode => ({ ...someNode(at), lastSeenMs: at }));
    const index = indexOf([farm], nodes);
    while (index.columns.improve());
    const moved = nodes.map((node, at) => ({ ...node, lastSeenMs: 1_000_000 + ((at * 7919) % 9000) }));
    for (const node of moved) index.putNode(node);
    expect(index.columns.numbers.lastSeen.isStale).toBe(true);
    const input = { filter: { seenFromMs: 1_004_321 }, sort: 'lastSeen', descending: true, limit: 30 } as const;
    const expected = naive({ ...input, offset: 100 }, moved, farmsOf([farm]), nowMs);
    expect(ask(index, moved, { ...input, from: { offset: 100 } })).toEqual(expected);
    while (index.columns.improve());
    expect(index.columns.numbers.lastSeen.isStale).toBe(false);
    expect(ask(index, moved, { ...input, from: { offset: 100 } })).toEqual(expected);
  });

  it('grows beyond its first size, and sees changes of farms', () => {
    const farm = farmOf(0, places[0]);
    const index = indexOf(
      [farm],
      Array.from({ length: 3000 }, (_, at) => ({ ...someNode(at), lastSeenMs: at })),
    );
    const input = { sort: 'lastSeen', descending: true, limit: 5, from: { offset: 2999 } } as const;
    expect(ask(index, [], { ...input, filter: {} })).toMatchObject({ count: 3000, ids: [toHex(seedOf('node 0'))] });
    index.putFarm({ ...farm, country: 'FR' });
    expect(ask(index, [], { ...input, filter: { country: 'BE' } })).toMatchObject({
      count: 0,
      removedBy: { country: 3000 },
    });
  });

  it('tells nodes apart whose transport keys begin alike', () => {
    const [a, b] = [someNode(1), someNode(2)];
    const nodes = [a, { ...b, net: `${a.net.slice(0, 32)}${b.net.slice(32)}` }];
    const index = indexOf([farmOf(0, places[0])], nodes);
    const input = { sort: 'id', descending: false, limit: 5, from: { offset: 0 } } as const;
    expect(ask(index, nodes, { ...input, filter: { net: a.net } }).ids).toEqual([a.id]);
    expect(fromHex(a.net)).toHaveLength(32);
  });
});

const none = { cruMilli: 0, mruBytes: 0, sruBytes: 0, hruBytes: 0 };

const someNode = (at: number): GridNode => ({
  id: toHex(seedOf(`node ${at}`)),
  farm: farmOf(0, places[0]).id,
  capacity: none,
  used: none,
  features: [],
  agentVersion: '0.1.0',
  net: toHex(seedOf(`net ${at}`)),
  createdMs: 5,
  lastSeenMs: 5,
  upSinceMs: 5,
  upUntilMs: 9,
  isUp: true,
  contracts: [],
  periodStartMs: 0,
  periodUpMs: 0,
});
