// Capacity filters: what is typed becomes what main understands; what each removed becomes words.
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { nodeFilter } from '../../../core/query-views.ts';
import { bytesText, capacityText, coresText } from '../../../renderer/lib/capacity-words.ts';
import { countries, countryName } from '../../../renderer/lib/country.ts';
import { filterOf, firstFilters, removedWords } from '../../../renderer/lib/node-filters.ts';

describe('filterOf', () => {
  test('nodes that are down are left out from the start', () => {
    expect(filterOf(firstFilters)).toEqual({ status: 'up' });
  });

  test('every field arrives in main’s units', () => {
    const typed = {
      cru: '1.5',
      mru: '8',
      sru: '0,5',
      hru: '1000',
      country: 'BE',
      city: ' Ghent ',
      farmName: 'hangar',
      status: 'any',
      price: '0.05',
    } as const;
    const filter = filterOf(typed);
    expect(filter).toEqual({
      freeCruMilli: 1500,
      freeMruBytes: 8 * 2 ** 30,
      freeSruBytes: 2 ** 29,
      freeHruBytes: 1000 * 2 ** 30,
      country: 'BE',
      city: 'Ghent',
      farmName: 'hangar',
      maxCuHourStroops: 500_000n,
    });
    expect(v.is(nodeFilter, filter)).toBe(true);
  });

  test.each(['-1', 'many', 'NaN', 'Infinity', '0', ''])('a number that cannot be meant filters nothing: %s', (cru) => {
    expect(filterOf({ ...firstFilters, status: 'any', cru })).toEqual({});
  });
});

test('what each filter removed, most first', () => {
  expect(removedWords({ status: 3, freeMruBytes: 1200, city: 0 })).toEqual([
    'Free memory removed 1,200',
    'State removed 3',
  ]);
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
