/**
 * From the outcomes of filters to what passes all of them, and to how many each one alone removes. Filters come in groups: the
 * rows that pass the whole group, and for each filter the rows that fail by it alone within the group. Pure.
 */
import { type Bits, bitsIn, bitsInThree, fillRest } from './bits.ts';

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

/** `own` becomes the outcome's; `take` lends a bitmap of the same length. What they hold does not matter. */
export function countFilters(groups: readonly FilterGroup[], rows: number, own: Bits, take: () => Bits): Outcome {
  const failed = fillRest(own, rows);
  const failedTwice = fillRest(take(), rows);
  const nothing: FilterGroup = { pass: take().fill(0), isInverted: true, filters: [] };
  for (let at = 0; at < groups.length; at += 3) {
    const [first = nothing, second = nothing, third = nothing] = groups.slice(at, at + 3);
    failThree(failed, failedTwice, first, second, third);
  }
  const { count, places } = settle(failed, failedTwice);
  const [bits, once] = [failed, failedTwice];
  const removed = sizeOf(once, once, places);
  const removedBy: Record<string, number> = {};
  for (const { pass, isInverted, filters } of groups) {
    for (const { name, only } of filters) {
      const size = sizeOf(only ?? pass, once, places);
      removedBy[name] = only === undefined && isInverted !== true ? removed - size : size;
    }
  }
  return { bits, count, removedBy };
}

/** Adds the rows that three groups let fail. Three at once, because then both sums are read and written a third as often. */
function failThree(failed: Bits, failedTwice: Bits, first: FilterGroup, second: FilterGroup, third: FilterGroup): void {
  const [a, flipA] = [first.pass, flipOf(first)];
  const [b, flipB] = [second.pass, flipOf(second)];
  const [c, flipC] = [third.pass, flipOf(third)];
  for (let at = 0; at < failed.length; at++) {
    const before = failed[at] ?? 0;
    const inA = (a[at] ?? 0) ^ flipA;
    const inB = (b[at] ?? 0) ^ flipB;
    const inC = (c[at] ?? 0) ^ flipC;
    const either = before | inA | inB;
    failedTwice[at] = (failedTwice[at] ?? 0) | (before & (inA | inB)) | (inA & inB) | (either & inC);
    failed[at] = either | inC;
  }
}

const flipOf = ({ isInverted }: FilterGroup): number => (isInverted === true ? 0 : -1);

/**
 * Makes of `failed` what passes, and of `failedTwice` what failed once. Returns how many pass, and the places of the words with rows
 * that failed once: few, when there are many filters.
 */
function settle(failed: Bits, failedTwice: Bits): { readonly count: number; readonly places: Uint32Array } {
  const places = new Uint32Array(failed.length);
  let found = 0;
  let count = 0;
  for (let at = 0; at < failed.length; at++) {
    const passes = ~(failed[at] ?? 0);
    const once = ~passes & ~(failedTwice[at] ?? 0);
    failed[at] = passes;
    failedTwice[at] = once;
    count += bitsIn(passes);
    places[found] = at;
    if (once !== 0) found += 1;
  }
  return { count, places: places.subarray(0, found) };
}

/** Size of the intersection at some places. */
function sizeOf(a: Bits, b: Bits, places: Uint32Array): number {
  const both = (each: number): number => {
    const at = places[each] ?? 0;
    return (a[at] ?? 0) & (b[at] ?? 0);
  };
  const inThrees = places.length - (places.length % 3);
  let count = 0;
  for (let each = 0; each < inThrees; each += 3) count += bitsInThree(both(each), both(each + 1), both(each + 2));
  for (let each = inThrees; each < places.length; each++) count += bitsIn(both(each));
  return count;
}
