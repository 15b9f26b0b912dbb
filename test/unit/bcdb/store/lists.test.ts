// The filtered lists of a whole store: filters, counts, cursors that stay in place, search, the grid in numbers, lists as they were.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Queries } from '../../../../bcdb/replica-api.ts';
import type { Store } from '../../../../bcdb/store/store.ts';
import { toHex } from '../../../../core/bytes.ts';
import { addressOf } from '../../../../core/keys.ts';
import type { FarmFilter } from '../../../../core/query-views.ts';
import { Author, type Founding, foundGrid } from '../../../support/bcdb-grid.ts';
import { codeFrom, openGuardianStore } from '../../../support/bcdb-store.ts';
import { type Story, storyStartMs, tellStory } from '../../../support/bcdb-story.ts';

let story: Story;
let told: Store;

beforeAll(() => {
  story = tellStory();
  const time = { nowMs: storyStartMs };
  told = openGuardianStore(story.founding, { time }).store;
  for (const { timeMs, records } of story.blocks) {
    time.nowMs = timeMs;
    told.admit(records);
    told.cut();
  }
});

/** A grid with farms of these names, countries and cities, each by its own farmer. */
function farmsStore(farms: readonly (readonly [name: string, country: string, city: string, price: bigint])[]) {
  const farmers = farms.map((_, at) => new Author(`farmer ${at}`));
  const founding: Founding = foundGrid(farmers.map((farmer) => [farmer, 1000n] as const));
  const { store } = openGuardianStore(founding);
  const write = (at: number): void => {
    const [name, country, city, price] = farms[at] ?? ['', 'BE', '', 0n];
    const farmer = farmers[at];
    if (farmer === undefined) throw new Error('no farmer');
    store.admit([
      farmer.write(founding.grid, 'farm', {
        name,
        place: { country, city },
        prices: { cuHourStroops: price, suHourStroops: price },
        payout: farmer.key,
        accept: { auto: price % 2n === 0n, minTermSeconds: 0, blocked: [] },
      }),
    ]);
    store.cut();
  };
  return { store, founding, write, farmers };
}

const four = [
  ['Zonnepark', 'BE', 'Ghent', 10n],
  ['Alpha', 'NL', 'Gouda', 31n],
  ['Été', 'FR', 'Orléans', 20n],
  ['alpha two', 'US', 'Austin', 40n],
] as const;

describe('the list of farms', () => {
  const { store, write } = farmsStore(four);
  for (const at of four.keys()) write(at);
  const list = (input: Partial<Queries['listFarms'][0]> = {}) =>
    store.query('listFarms', { filter: {}, sort: 'name', descending: false, limit: 10, ...input });
  const names = (filter: FarmFilter) => list({ filter }).items.map(({ name }) => name);

  it('is filtered by name, place, price and rules, and says what each filter removes', () => {
    expect(names({})).toEqual(['Alpha', 'alpha two', 'Été', 'Zonnepark']);
    expect(names({ farmName: 'alp' })).toEqual(['Alpha', 'alpha two']);
    expect(names({ farmNameContains: 'PARK' })).toEqual(['Zonnepark']);
    expect(names({ region: 'europe', maxCuHourStroops: 20n })).toEqual(['Été', 'Zonnepark']);
    expect(names({ countryContains: 'united' })).toEqual(['alpha two']);
    expect(names({ cityIs: 'orleans' })).toEqual(['Été']);
    expect(names({ autoAccept: false })).toEqual(['Alpha']);
    expect(names({ minNodes: 1 })).toEqual([]);
    expect(list({ filter: { region: 'europe', farmName: 'alpha' } })).toMatchObject({
      count: 1,
      total: 4,
      removedBy: { region: 1, farmName: 2 },
    });
    expect(list({ filter: { region: 'europe', node: { status: 'up' } } })).toMatchObject({
      count: 0,
      removedBy: { region: 0, node: 3 },
    });
  });

  it.each(['id', 'name', 'country', 'city', 'nodes', 'price', 'suPrice'] as const)(
    'by %s: page after page is the whole, either way',
    (sort) => {
      for (const descending of [false, true]) {
        const whole = list({ sort, descending }).items;
        const paged: unknown[] = [];
        let after: string | undefined;
        do {
          const page = list({ sort, descending, limit: 1, after });
          paged.push(...page.items);
          after = page.next ?? undefined;
        } while (after !== undefined);
        expect(paged).toEqual(whole);
        expect(whole).toHaveLength(4);
      }
    },
  );
});

describe('cursors', () => {
  it('stay in place while other items come in before and behind them', () => {
    const { store, write } = farmsStore(four);
    write(0);
    write(2);
    const ask = (after?: string) =>
      store.query('listFarms', { filter: {}, sort: 'name', descending: false, limit: 1, after });
    const first = ask();
    expect(first.items.map(({ name }) => name)).toEqual(['Été']);
    write(1);
    write(3);
    expect(ask(first.next ?? '').items.map(({ name }) => name)).toEqual(['Zonnepark']);
  });

  it('are good for their own question only, and nothing else is one', () => {
    const asked = { filter: {}, sort: 'id', descending: false, limit: 1 } as const;
    const { next } = told.query('nodes', asked);
    const nodes = (input: Partial<Queries['nodes'][0]>) => codeFrom(() => told.query('nodes', { ...asked, ...input }));
    const after = next ?? '';
    expect(nodes({ after })).toBeUndefined();
    expect(nodes({ after, descending: true })).toBe('query/bad-cursor');
    expect(nodes({ after, sort: 'created' })).toBe('query/bad-cursor');
    expect(nodes({ after, filter: { status: 'down' } })).toBe('query/bad-cursor');
    expect(nodes({ after, offset: 3 })).toBe('query/bad-cursor');
    expect(nodes({ after: `${after}AA` })).toBe('query/bad-cursor');
    expect(nodes({ after: after.slice(0, -4) })).toBe('query/bad-cursor');
    expect(nodes({ after: 'AAAA' })).toBe('query/bad-cursor');
    expect(codeFrom(() => told.query('listFarms', { ...asked, after }))).toBe('query/bad-cursor');
    expect(codeFrom(() => told.query('listContracts', { filter: {}, limit: 1, after }))).toBe('query/bad-cursor');
  });
});

describe('the list of contracts', () => {
  it('is filtered by who, where, title, state and time, and says what each filter removes', () => {
    const ask = (filter: Queries['listContracts'][0]['filter']) => told.query('listContracts', { filter, limit: 10 });
    const { items, count, total, next } = ask({});
    const [contract] = items;
    if (contract === undefined) throw new Error('no contract in the story');
    expect([count, total, next]).toEqual([1, 1, null]);
    const farm = told.query('farms', { limit: 1 })[0]?.id ?? '';
    const party = addressOf(story.cosigner.key);
    const farmer = addressOf(story.farmer.key);
    const node = toHex(story.nodes[0].key);
    const [word = ''] = contract.title.split(' ');
    const from = contract.recordedMs;
    for (const filter of [
      { party },
      { farmer, node, farm },
      { title: word.slice(0, 3).toUpperCase() },
      { contracts: [contract.id, 'ab'.repeat(32)] },
      { states: [contract.state], recordedFromMs: from, recordedToMs: from },
    ]) {
      expect(ask(filter)).toMatchObject({ count: 1, items: [{ id: contract.id }] });
    }
    expect(ask({ party, recordedFromMs: from + 1 })).toMatchObject({
      count: 0,
      total: 1,
      removedBy: { party: 0, recordedFromMs: 1 },
    });
    expect(ask({ title: 'nothing', farmer: party })).toMatchObject({ count: 0, removedBy: { title: 0, farmer: 0 } });
    expect(ask({ states: [] }).removedBy).toEqual({ states: 1 });
  });
});

describe('the search', () => {
  const { store, write, farmers, founding } = farmsStore(four);
  for (const at of four.keys()) write(at);

  it('finds names before places, by the beginnings of words, with or without accents', () => {
    const found = (text: string) =>
      store.query('search', { text, limit: 10 }).map((hit) => (hit.kind === 'farm' ? hit.farm.name : hit.profile.name));
    expect(found('alph')).toEqual(['Alpha', 'alpha two']);
    expect(found('ORLE')).toEqual(['Été']);
    expect(found('fran')).toEqual(['Été']);
    expect(found('ete')).toEqual(['Été']);
    expect(found('united two')).toEqual(['alpha two']);
    expect(found('"" NEAR *')).toEqual([]);
    expect(found('')).toEqual([]);
  });

  it('forgets the old name of a farm', () => {
    const [farmer] = farmers;
    const [hit] = store.query('search', { text: 'zonne', limit: 1 });
    if (farmer === undefined || hit?.kind !== 'farm') throw new Error('no farm');
    store.admit([
      farmer.write(founding.grid, 'farm', {
        farm: Buffer.from(hit.farm.id, 'hex'),
        name: 'Maanpark',
        place: { country: 'BE', city: 'Ghent' },
        prices: hit.farm.prices,
        payout: farmer.key,
        accept: { auto: true, minTermSeconds: 0, blocked: [] },
      }),
    ]);
    store.cut();
    expect(store.query('search', { text: 'zonne', limit: 1 })).toEqual([]);
    expect(store.query('search', { text: 'maan', limit: 1 })).toHaveLength(1);
  });
});

describe('the grid in numbers, and as it was', () => {
  it('is what the lists count', () => {
    const stats = told.query('stats', null);
    const input = { sort: 'id', descending: false, limit: 10 } as const;
    expect(stats).toMatchObject({
      height: told.info().head?.height,
      nodes: told.query('nodes', { ...input, filter: {} }).total,
      nodesUp: told.query('nodes', { ...input, filter: { status: 'up' } }).count,
      farms: told.query('listFarms', { ...input, filter: {} }).total,
      profiles: 2,
    });
    const byState = Object.values(stats.contracts).reduce((sum, count) => sum + count, 0);
    expect(byState).toBe(told.query('listContracts', { filter: {}, limit: 1 }).total);
  });

  it("shows a farm's nodes and a person's contracts at every height as `objectAt` does", () => {
    const farm = told.query('farms', { limit: 1 })[0]?.id ?? '';
    const ids = story.nodes.map(({ key }) => toHex(key));
    for (let height = 0; height <= (told.info().head?.height ?? 0); height++) {
      const then = ids.flatMap((id) => told.query('objectAt', { object: 'node', id, height }) ?? []);
      const paged: unknown[] = [];
      let after: string | undefined;
      do {
        const page: Queries['listAt'][1] = told.query('listAt', {
          list: 'nodes of farm',
          of: farm,
          height,
          limit: 1,
          after,
        });
        paged.push(...page.items);
        after = page.next ?? undefined;
      } while (after !== undefined);
      expect(paged).toEqual(then);
      const contract = told.query('objectAt', { object: 'contract', id: toHex(story.contract), height });
      const of = addressOf(story.cosigner.key);
      expect(told.query('listAt', { list: 'contracts of party', of, height, limit: 5 }).items).toEqual(
        contract === null ? [] : [contract],
      );
    }
    expect(codeFrom(() => told.query('listAt', { list: 'nodes of farm', of: farm, height: 99, limit: 1 }))).toBe(
      'replica/not-executed-yet',
    );
  });
});
