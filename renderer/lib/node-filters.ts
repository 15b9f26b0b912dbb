// What a person typed into the capacity filters, as the filter that main understands, and back in words.

import type { NodeFilter } from '../../core/query-views.ts';
import { bytesPerGb } from '../../core/units.ts';
import { parseAmount } from './amount.ts';

/** The filter fields as typed: text, so that half-written numbers stay as they are. */
export interface TypedFilters {
  readonly cru: string;
  readonly mru: string;
  readonly sru: string;
  readonly hru: string;
  readonly country: string;
  readonly city: string;
  readonly farmName: string;
  readonly status: 'any' | 'up' | 'down';
  readonly price: string;
}

/** Nothing filtered. Nodes that are down are left out from the start: nobody wants to rent one by accident. */
export const firstFilters: TypedFilters = {
  cru: '',
  mru: '',
  sru: '',
  hru: '',
  country: '',
  city: '',
  farmName: '',
  status: 'up',
  price: '',
};

const positive = (typed: string, factor: number): number | undefined => {
  const value = Number(typed.trim().replace(',', '.'));
  return typed.trim() === '' || !Number.isFinite(value) || value <= 0 ? undefined : Math.round(value * factor);
};

const given = (typed: string): string | undefined => (typed.trim() === '' ? undefined : typed.trim());

const priceOf = (typed: string): bigint | undefined => {
  const read = parseAmount(typed);
  return read.kind === 'amount' && read.stroops > 0n ? read.stroops : undefined;
};

/** The filter for main: only what says something. What cannot be read filters nothing. */
export const filterOf = (typed: TypedFilters): NodeFilter => {
  const all = {
    freeCruMilli: positive(typed.cru, 1000),
    freeMruBytes: positive(typed.mru, bytesPerGb),
    freeSruBytes: positive(typed.sru, bytesPerGb),
    freeHruBytes: positive(typed.hru, bytesPerGb),
    country: /^[A-Z]{2}$/.test(typed.country) ? typed.country : undefined,
    city: given(typed.city),
    farmName: given(typed.farmName),
    status: typed.status === 'any' ? undefined : typed.status,
    maxCuHourStroops: priceOf(typed.price),
  } satisfies { readonly [K in keyof NodeFilter]?: NodeFilter[K] | undefined };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
};

const words: Readonly<Record<string, string>> = {
  freeCruMilli: 'Free cores',
  freeMruBytes: 'Free memory',
  freeSruBytes: 'Free SSD',
  freeHruBytes: 'Free disk',
  country: 'Country',
  city: 'City',
  farmName: 'Farm',
  farm: 'Farm',
  status: 'State',
  maxCuHourStroops: 'Price',
};

/** Which filter removed how many, as "Free memory removed 12", most first; filters that removed none are left out. */
export const removedWords = (removedBy: Readonly<Record<string, number>>): readonly string[] =>
  Object.entries(removedBy)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${words[name] ?? name} removed ${count.toLocaleString('en')}`);
