/**
 * From the outcomes of filters to what passes all of them, and to how many each one alone removes. Filters come in groups: the
 * rows that pass the whole group, and for each filter the rows that fail by it alone within the group. Pure.
 */
import { type Bits, bitsIn, countOf, fillAll } from './bits.ts';

/** `only` undefined: the group's one filter, which fails where the group does. */
export type FilterGroup = {
  readonly pass: Bits;
  /** The rows that fail instead: "less than" is the rest of "at least". */
  readonly isInverted?: true;
  readonly filters: readonly { readonly name: string; readonly only: Bits | undefined }[];
};

export type Outcome = {
  readonly bits: Bits;
  readonly count: number;
  readonly removedBy: Readonly<Record<string, number>>;
};

/** `empty` becomes the outcome's own; `take` lends a bitmap of the same length. */
export function countFilters(groups: readonly FilterGroup[], rows: number, empty: Bits, take: () => Bits): Outcome {
  const failed = take().fill(0);
  const failedTwice = take().fill(0);
  for (const { pass, isInverted } of groups) {
    const flip = isInverted === true ? 0 : -1;
    for (let at = 0; at < failed.length; at++) {
      const fails = (pass[at] ?? 0) ^ flip;
      failedTwice[at] = (failedTwice[at] ?? 0) | ((failed[at] ?? 0) & fails);
      failed[at] = (failed[at] ?? 0) | fails;
    }
  }
  const bits = fillAll(empty, rows);
  const once = failedTwice;
  for (let at = 0; at < bits.length; at++) {
    const all = bits[at] ?? 0;
    once[at] = (failed[at] ?? 0) & ~(failedTwice[at] ?? 0) & all;
    bits[at] = all & ~(failed[at] ?? 0);
  }
  const places = nonEmpty(once);
  const removed = sizeOf(once, once, places);
  const removedBy: Record<string, number> = {};
  for (const { pass, isInverted, filters } of groups) {
    for (const { name, only } of filters) {
      const size = sizeOf(only ?? pass, once, places);
      removedBy[name] = only === undefined && isInverted !== true ? removed - size : size;
    }
  }
  return { bits, count: countOf(bits), removedBy };
}

/** The places of the words that have bits: few, when there are many filters. */
function nonEmpty(bits: Bits): Uint32Array {
  const places = new Uint32Array(bits.length);
  let found = 0;
  for (let at = 0; at < bits.length; at++) {
    places[found] = at;
    if (bits[at] !== 0) found += 1;
  }
  return places.subarray(0, found);
}

/** Size of the intersection at some places. */
function sizeOf(a: Bits, b: Bits, places: Uint32Array): number {
  let count = 0;
  for (let each = 0; each < places.length; each++) {
    const at = places[each] ?? 0;
    count += bitsIn((a[at] ?? 0) & (b[at] ?? 0));
  }
  return count;
}
