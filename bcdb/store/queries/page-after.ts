/** The rows behind a place in the order of a column: what a cursor leaves to be shown. Pure. */
import { addAll, type Bits, countOf, keepIn, without } from './bits.ts';
import type { Ordering } from './pick-page.ts';
import type { RangeColumn } from './range-column.ts';

/** A place in the order: a value of the column, and the id of the row there. `isExact` false: no row has the value. */
export type After = { readonly value: number; readonly isExact: boolean; readonly id: Uint8Array };

/** Those of `bits` that come behind the place, whether or not a row still stands there. */
export function afterBits(
  bits: Bits,
  after: After,
  { column, isDescending, ids, byId }: Ordering,
  take: () => Bits,
): { readonly bits: Bits; readonly count: number } {
  const { value, isExact } = after;
  const from = column.atLeast(value, take());
  const above = isExact ? column.atLeast(value + 1, take()) : from;
  const behind = isDescending ? without(take(), bits, from) : keepIn(bits.slice(), above);
  if (isExact) {
    const equal = keepIn(without(take(), from, above), bits);
    const isByIdBackwards = column === byId && isDescending;
    addAll(behind, behindId(equal, after.id, isByIdBackwards, ids, byId, take));
  }
  return { bits: behind, count: countOf(behind) };
}

/** Of rows with equal values those behind an id. */
function behindId(
  equal: Bits,
  id: Uint8Array,
  isBackwards: boolean,
  ids: Ordering['ids'],
  byId: RangeColumn,
  take: () => Bits,
): Bits {
  const prefix = Buffer.from(id.buffer, id.byteOffset, id.length).readUIntBE(0, 6);
  const from = byId.atLeast(prefix, take());
  const above = byId.atLeast(prefix + 1, take());
  const behind = isBackwards ? without(take(), equal, from) : keepIn(equal.slice(), above);
  const same = keepIn(without(take(), from, above), equal);
  for (let at = 0; at < same.length; at++) {
    let word = same[at] ?? 0;
    while (word !== 0) {
      const lowest = word & -word;
      const row = (at << 5) + 31 - Math.clz32(lowest);
      const order = Buffer.compare(ids.bytesOf(row), id);
      if (isBackwards ? order < 0 : order > 0) behind[at] = (behind[at] ?? 0) | lowest;
      word ^= lowest;
    }
  }
  return behind;
}
