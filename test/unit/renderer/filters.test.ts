// Capacity filters: what is typed becomes what main understands; what each removed becomes words.
import { describe, expect, test } from 'vitest';
import { nodeFilter } from '../../../core/query-views.ts';
import { bytesText, capacityText, coresText } from '../../../renderer/lib/capacity-words.ts';
import { countries, countryName } from '../../../renderer/lib/country.ts';
import { filterField, filterNames } from '../../../renderer/lib/node-filter-fields.ts';
import {
  filterOf,
  firstFilters,
  noFilters,
  removedWords,
  removesWords,
  type TypedFilters,
  usedFilters,
  worstFilter,
} from '../../../renderer/lib/node-filters.ts';

const id = (digit: string): string => digit.repeat(64);

test('every filter that main knows has a field, or is a list of one in another', () => {
  expect([...filterNames, 'country', 'farm'].sort()).toEqual(Object.keys(nodeFilter.entries).sort());
  expect(new Set(filterNames.map((name) => filterField(name).label)).size).toBe(filterNames.length);
});

describe('filterOf', () => {
  test('nodes that are down are left out from the start', () => {
    expect(filterOf(firstFilters)).toEqual({ status: 'up' });
  });

  test('every field arrives in main’s units, and is said in words', () => {
    const typed: TypedFilters = {
      freeCruMilli: '1.5',
      freeMruBytes: '8',
      freeSruBytes: '0,5',
      freeHruBytes: '2048',
      totalCruMilli: '1,25',
      totalMruBytes: '64',
      totalSruBytes: '100',
      totalHruBytes: '4000',
      countries: 'BE FR DE',
      region: 'europe',
      countryContains: 'land',
      city: ' Ghent ',
      cityIs: 'Gent',
      farmName: 'hangar',
      farmNameContains: 'ang',
      farms: id('a'),
      owner: `G${'A'.repeat(55)}`,
      minCuHourStroops: '0.01',
      maxCuHourStroops: '1,000.05',
      minSuHourStroops: '0.0000001',
      maxSuHourStroops: '2 TFT',
      status: 'down',
      hasWorkloads: 'no',
      minUptimeMs: '1',
      maxUptimeMs: '2.5',
      seenFromMs: '2026-11-01',
      seenToMs: '2026-11-01',
      createdFromMs: '2025-01-31',
      createdToMs: '2025-12-31',
      features: 'arch:x64, gpu',
      agentVersion: '0.1',
      nodes: `${id('A')} ${id('b')}`,
      excluded: id('c'),
      net: id('d'),
    };
    const filter = filterOf(typed);
    const day = (year: number, month: number, date: number): number => new Date(year, month - 1, date).getTime();
    expect(filter).toEqual({
      freeCruMilli: 1500,
      freeMruBytes: 8 * 2 ** 30,
      freeSruBytes: 2 ** 29,
      freeHruBytes: 2 ** 41,
      totalCruMilli: 1250,
      totalMruBytes: 64 * 2 ** 30,
      totalSruBytes: 100 * 2 ** 30,
      totalHruBytes: 4000 * 2 ** 30,
      countries: ['BE', 'FR', 'DE'],
      region: 'europe',
      countryContains: 'land',
      city: 'Ghent',
      cityIs: 'Gent',
      farmName: 'hangar',
      farmNameContains: 'ang',
      farms: [id('a')],
      owner: typed.owner,
      minCuHourStroops: 100_000n,
      maxCuHourStroops: 10_000_500_000n,
      minSuHourStroops: 1n,
      maxSuHourStroops: 20_000_000n,
      status: 'down',
      hasWorkloads: false,
      minUptimeMs: 86_400_000,
      maxUptimeMs: 216_000_000,
      seenFromMs: day(2026, 11, 1),
      seenToMs: day(2026, 11, 2) - 1,
      createdFromMs: day(2025, 1, 31),
      createdToMs: day(2026, 1, 1) - 1,
      features: ['arch:x64', 'gpu'],
      agentVersion: '0.1',
      nodes: [id('a'), id('b')],
      excluded: [id('c')],
      net: id('d'),
    });
    expect(usedFilters(typed).map(({ words }) => words)).toEqual([
      'Free cores at least 1.5',
      'Free memory at least 8 GB',
      'Free SSD at least 512 MB',
      'Free disk at least 2 TB',
      'All cores at least 1.25',
      'All memory at least 64 GB',
      'All SSD at least 100 GB',
      'All disk at least 3.9 TB',
      'Country: Belgium, France or Germany',
      'Region: europe',
      'Country’s name: land',
      'City: Ghent',
      'City, whole name: Gent',
      'Farm: hangar',
      'Farm’s name has ang',
      'Only these farms: aaaa…aaaa',
      'Farmer: GAAA…AAAA',
      'CU hour at least 0.01 TFT',
      'CU hour at most 1,000.05 TFT',
      'SU hour at least 0.0000001 TFT',
      'SU hour at most 2 TFT',
      'State: down',
      'Contracts: holds none',
      'Up for at least 1 day',
      'Up for at most 2.5 days',
      'Last heard of from 1 Nov 2026',
      'Last heard of until 1 Nov 2026',
      'Joined from 31 Jan 2025',
      'Joined until 31 Dec 2025',
      'Features: arch:x64 and gpu',
      'Agent version: 0.1',
      'Only these nodes: 2 ids',
      'Not these nodes: cccc…cccc',
      'Network key: dddd…dddd',
    ]);
  });

  test.each(['0', '', ' '])('nothing asked for filters nothing: “%s”', (freeCruMilli) => {
    const typed = { ...noFilters, freeCruMilli };
    expect([filterOf(typed), usedFilters(typed)]).toEqual([{}, []]);
  });

  test.each([
    ['freeCruMilli', '-1', 'Free cores: Write a number such as 8'],
    ['freeCruMilli', 'many', 'Free cores: Write a number such as 8'],
    ['freeMruBytes', 'Infinity', 'Free memory: Write a number such as 8'],
    ['freeMruBytes', '99999999999', 'Free memory: No node can be found by that'],
    ['maxCuHourStroops', '1e3', 'CU hour at most: Write an amount such as 12.5'],
    ['nodes', 'abc', 'Only these nodes: An id has 64 characters: 0-9 and a-f'],
    ['net', `${id('a')} ${id('b')}`, 'Network key: Write one key'],
    ['owner', 'GABC', 'Farmer: An address starts with G and has 56 characters'],
    ['countries', 'Belgium', 'Country: No node can be found by that'],
    ['createdFromMs', 'yesterday', 'Joined from: Write a date'],
  ] as const)('%s “%s” filters nothing, and says why', (name, text, words) => {
    const typed = { ...noFilters, [name]: text };
    expect(filterOf(typed)).toEqual({});
    expect(usedFilters(typed)).toEqual([{ name, words, isProblem: true }]);
  });
});

describe('what filters removed', () => {
  const typed = { ...firstFilters, freeMruBytes: '8', city: 'Ghent' };

  test('most first, and those that removed none are not told', () => {
    expect(removedWords(typed, { status: 3, freeMruBytes: 1200, city: 0 })).toEqual([
      'Free memory at least 8 GB removes 1,200',
      'State: up removes 3',
    ]);
  });

  test('the count of one filter, while it is known', () => {
    expect(removesWords('city', { city: 1200 })).toBe('removes 1,200');
    expect(removesWords('city', { city: 0 })).toBe('removes none');
    expect(removesWords('city', { status: 1 })).toBeUndefined();
    expect(removesWords('city', undefined)).toBeUndefined();
  });

  test('the worst is the one without which most are left; none where only several together do it', () => {
    expect(worstFilter(typed, { status: 3, freeMruBytes: 2, city: 0 })).toEqual({
      name: 'status',
      words: 'State: up',
      isProblem: false,
      count: 3,
    });
    expect(worstFilter(typed, { status: 0, freeMruBytes: 0, city: 0 })).toBeUndefined();
    expect(worstFilter(noFilters, {})).toBeUndefined();
  });
});

test('capacity in words rounds down', () => {
  expect([
    coresText(1999),
    bytesText(2 ** 30 * 9.99),
    bytesText(2 ** 28),
    bytesText(2 ** 40 * 1.96),
    bytesText(0),
  ]).toEqual(['1.99', '9.9 GB', '256 MB', '1.9 TB', '0']);
  expect(capacityText({ cruMilli: 1000, mruBytes: 2 ** 28, sruBytes: 0, hruBytes: 0 })).toBe('1 core, 256 MB memory');
});

test('countries have names and no twins', () => {
  const all = countries();
  expect(new Set(all.map((each) => each.value)).size).toBe(all.length);
  expect([countryName('BE'), countryName('?')]).toEqual(['Belgium', '?']);
  expect(all.every((each) => each.text !== each.value)).toBe(true);
});
