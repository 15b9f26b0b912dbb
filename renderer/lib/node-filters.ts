// What a person typed into the capacity filters, as the filter that main understands, and back in words: one line for each filter in
// use, what it removes, and which one to take away when nothing is left.
import * as v from 'valibot';
import { type NodeFilter, nodeFilter } from '../../core/query-views.ts';
import { type ReadFilter, readFilter } from './filter-kinds.ts';
import { type FilterName, filterField, filterNames } from './node-filter-fields.ts';

/** The filter fields as typed: text, so that half-written numbers stay as they are. Empty text filters nothing. */
export type TypedFilters = Readonly<Record<FilterName, string>>;

/** Nothing filtered at all. */
export const noFilters = Object.fromEntries(filterNames.map((name) => [name, ''])) as TypedFilters;

/** Nodes that are down are left out from the start: nobody wants to rent one by accident. */
export const firstFilters: TypedFilters = { ...noFilters, status: 'up' };

/** A filter in use, or one that cannot be read. */
export interface UsedFilter {
  readonly name: FilterName;
  /** "Free memory at least 8 GB", or "Free memory: write a number such as 8". */
  readonly words: string;
  readonly isProblem: boolean;
}

const flags: Readonly<Record<string, boolean>> = { yes: true, no: false };

/** One field as main would take it; what its kind reads but main does not take is a problem too. */
export function readOf(name: FilterName, typed: string): ReadFilter {
  const read = readFilter(filterField(name).kind, typed);
  if (read.kind !== 'value') return read;
  const value = name === 'hasWorkloads' ? flags[String(read.value)] : read.value;
  return v.is(nodeFilter.entries[name], value)
    ? { ...read, value }
    : { kind: 'problem', sentence: 'No node can be found by that' };
}

/** The filter for main: only what says something. What cannot be read filters nothing. */
export const filterOf = (typed: TypedFilters): NodeFilter =>
  v.parse(
    nodeFilter,
    Object.fromEntries(
      filterNames.flatMap((name) => {
        const read = readOf(name, typed[name]);
        return read.kind === 'value' ? [[name, read.value]] : [];
      }),
    ),
  );

/** The filters in use, in the order of the fields. */
export const usedFilters = (typed: TypedFilters): readonly UsedFilter[] =>
  filterNames.flatMap((name): readonly UsedFilter[] => {
    const read = readOf(name, typed[name]);
    if (read.kind === 'none') return [];
    const { label, joint } = filterField(name);
    return read.kind === 'problem'
      ? [{ name, words: `${label}: ${read.sentence}`, isProblem: true }]
      : [{ name, words: `${label}${joint} ${read.words}`, isProblem: false }];
  });

type RemovedBy = Readonly<Record<string, number>>;

/** "removes 1,200", "removes none": how many nodes one filter alone takes away; undefined while main has not said. */
export const removesWords = (name: FilterName, removedBy: RemovedBy | undefined): string | undefined => {
  const count = removedBy?.[name];
  return count === undefined ? undefined : `removes ${count === 0 ? 'none' : count.toLocaleString('en')}`;
};

/** What each filter removes, as "Free memory at least 8 GB removes 12", most first; those that remove none are left out. */
export const removedWords = (typed: TypedFilters, removedBy: RemovedBy): readonly string[] =>
  usedFilters(typed)
    .map(({ name, words }) => ({ words, count: removedBy[name] ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ words, count }) => `${words} removes ${count.toLocaleString('en')}`);

/** The filter without which most nodes would be left, when that are any. */
export function worstFilter(
  typed: TypedFilters,
  removedBy: RemovedBy,
): (UsedFilter & { readonly count: number }) | undefined {
  const [worst] = usedFilters(typed)
    .map((used) => ({ ...used, count: removedBy[used.name] ?? 0 }))
    .sort((a, b) => b.count - a.count);
  return worst === undefined || worst.count === 0 ? undefined : worst;
}
