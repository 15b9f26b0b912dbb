// How filters are typed: each kind of field reads its text into main's units and says a value back in human words. Knows no filter.
import { bytesPerGb } from '../../core/units.ts';
import { isAddressShaped } from './address.ts';
import { formatAmount, parseAmount } from './amount.ts';
import { bytesText, coresText } from './capacity-words.ts';
import { countryName } from './country.ts';
import { shortenMiddle } from './middle.ts';
import { formatDate } from './time.ts';

/** What became of a typed text: nothing asked for, a value as main takes it with its words, or why it cannot be read. */
export type ReadFilter =
  | { readonly kind: 'none' }
  | { readonly kind: 'value'; readonly value: unknown; readonly words: string }
  | { readonly kind: 'problem'; readonly sentence: string };

/** One of a closed list. */
export interface FilterChoice {
  readonly value: string;
  readonly text: string;
}

/** What kind of control a filter has. `most` bounds what can be typed. */
export type FilterKind =
  | { readonly as: 'number'; readonly unit: 'cores' | 'GB' | 'days' }
  | { readonly as: 'amount' }
  | { readonly as: 'text'; readonly most: number }
  | { readonly as: 'words' }
  | { readonly as: 'ids'; readonly isOne: boolean }
  | { readonly as: 'address' }
  | { readonly as: 'date'; readonly isEnd: boolean }
  | { readonly as: 'choice'; readonly options: readonly FilterChoice[] }
  | { readonly as: 'countries' };

const dayMs = 86_400_000;
const factors = { cores: 1000, GB: bytesPerGb, days: dayMs } as const;
const none: ReadFilter = { kind: 'none' };
const problem = (sentence: string): ReadFilter => ({ kind: 'problem', sentence });
const value = (given: unknown, words: string): ReadFilter => ({ kind: 'value', value: given, words });
const anyOf = new Intl.ListFormat('en-GB', { type: 'disjunction' });
const allOf = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** The parts of a text that lists several things. */
export const partsOf = (typed: string): readonly string[] => typed.split(/[\s,;]+/).filter((part) => part !== '');

const spanWords = (days: number): string =>
  `${days.toLocaleString('en', { maximumFractionDigits: 2 })} ${days === 1 ? 'day' : 'days'}`;

function readNumber(typed: string, unit: 'cores' | 'GB' | 'days'): ReadFilter {
  const given = Number(typed.replace(',', '.'));
  if (!Number.isFinite(given) || given < 0) return problem('Write a number such as 8');
  const scaled = Math.round(given * factors[unit]);
  if (scaled === 0) return none;
  if (unit === 'days') return value(scaled, spanWords(given));
  return value(scaled, unit === 'cores' ? coresText(scaled) : bytesText(scaled));
}

function readAmount(typed: string): ReadFilter {
  const read = parseAmount(typed);
  if (read.kind === 'problem') return problem(read.sentence);
  return read.kind === 'empty' || read.stroops === 0n ? none : value(read.stroops, `${formatAmount(read.stroops)} TFT`);
}

function readIds(typed: string, isOne: boolean): ReadFilter {
  const ids = partsOf(typed).map((id) => id.toLowerCase());
  const [first = ''] = ids;
  if (!ids.every((id) => /^[0-9a-f]{64}$/.test(id))) return problem('An id has 64 characters: 0-9 and a-f');
  if (isOne) return ids.length === 1 ? value(first, shortenMiddle(first, 4)) : problem('Write one key');
  return value(ids, ids.length === 1 ? shortenMiddle(first, 4) : `${ids.length} ids`);
}

/** A day of the calendar here, from its first to its last millisecond. */
function readDate(typed: string, isEnd: boolean): ReadFilter {
  const [year = Number.NaN, month = Number.NaN, day = Number.NaN] = typed.split('-').map(Number);
  const start = new Date(year, month - 1, day).getTime();
  if (!(start >= 0)) return problem('Write a date');
  return value(isEnd ? new Date(year, month - 1, day + 1).getTime() - 1 : start, formatDate(start));
}

/** Reads what was typed into a field. */
export function readFilter(kind: FilterKind, text: string): ReadFilter {
  const typed = text.trim();
  if (typed === '') return none;
  switch (kind.as) {
    case 'number':
      return readNumber(typed, kind.unit);
    case 'amount':
      return readAmount(typed);
    case 'text':
      return value(typed, typed);
    case 'words':
      return value(partsOf(typed), allOf.format(partsOf(typed)));
    case 'ids':
      return readIds(typed, kind.isOne);
    case 'address':
      return isAddressShaped(typed)
        ? value(typed, shortenMiddle(typed, 4))
        : problem('An address starts with G and has 56 characters');
    case 'date':
      return readDate(typed, kind.isEnd);
    case 'choice': {
      const chosen = kind.options.find((option) => option.value === typed);
      return chosen === undefined ? none : value(chosen.value, chosen.text.toLowerCase());
    }
    case 'countries':
      return value(partsOf(typed), anyOf.format(partsOf(typed).map(countryName)));
  }
}
