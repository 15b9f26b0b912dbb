/**
 * A page of a set of rows in the order of a column, then of ids: a few counts tell in which bin of the column the page begins, and
 * only the rows of its bins are looked at. Pure.
 */
import { type Bits, countOf, listRows } from './bits.ts';
import type { IdTable } from './id-table.ts';
import type { RangeColumn } from './range-column.ts';
import { selectPage } from './select-page.ts';

/** What rows are ordered by: the column, then the ids' first bits, then the ids. */
export type Ordering = {
  readonly column: RangeColumn;
  readonly isDescending: boolean;
  readonly ids: IdTable;
  /** The ids' first bits as a column: orders rows of equal keys. */
  readonly byId: RangeColumn;
};

type Slice = { readonly offset: number; readonly limit: number };

/** Sets of at most this size are sorted as they are. */
const smallSet = 1024;

/** Rows `offset` to `offset + limit` of the `count` rows in `bits`. `take` lends a bitmap. */
export function pickPage(
  bits: Bits,
  count: number,
  ordering: Ordering,
  { offset, limit }: Slice,
  take: () => Bits,
): readonly number[] {
  if (offset >= count || limit <= 0) return [];
  if (count <= smallSet) {
    const rows = new Uint32Array(count);
    listRows(bits, rows);
    return sorted(rows, ordering, { offset, limit });
  }
  const { column, isDescending, ids, byId } = ordering;
  const picked: number[] = [];
  const { bin: first, before } = findBin(bits, ordering, offset);
  let skip = offset - before;
  for (let bin = first; bin >= 0 && bin < column.bins && picked.length < limit; bin += isDescending ? -1 : 1) {
    const slice = { offset: skip, limit: limit - picked.length };
    let size: number;
    if (column.isLarge(bin) && column !== byId) {
      const set = column.setIn(bin, bits, take(), take());
      size = countOf(set);
      const equal = { column: byId, isDescending: false, ids, byId };
      if (size > skip) picked.push(...pickPage(set, size, equal, slice, take));
    } else {
      const rows = column.rowsIn(bin, bits);
      size = rows.length;
      if (size > skip) picked.push(...sorted(rows, ordering, slice));
    }
    skip = Math.max(0, skip - size);
  }
  return picked;
}

/** The bin at which to begin looking for the row at `offset`, and how many rows come before that bin. */
function findBin(
  bits: Bits,
  { column, isDescending }: Ordering,
  offset: number,
): { readonly bin: number; readonly before: number } {
  const { marked } = column;
  const parts = marked.length;
  // The part between two marks, in the order of the page, that has the row: the last one with at most `offset` rows before it.
  let part = 0;
  let before = 0;
  for (let last = parts - 1; part < last; ) {
    const middle = (part + last + 1) >>> 1;
    const rows = isDescending
      ? column.countFrom(marked[parts - middle] ?? 0, bits, offset)
      : column.countBelow(marked[middle] ?? 0, bits, offset);
    if (rows <= offset) {
      part = middle;
      before = rows;
    } else last = middle - 1;
  }
  return { bin: isDescending ? (marked[parts - part] ?? column.bins) - 1 : (marked[part] ?? 0), before };
}

function sorted(rows: Uint32Array, ordering: Ordering, { offset, limit }: Slice): readonly number[] {
  const { column, isDescending, ids, byId } = ordering;
  const keys = valuesOf(column, rows);
  const ties = column === byId ? keys : valuesOf(byId, rows);
  const sign = column === byId && isDescending ? -1 : 1;
  const last = (a: number, b: number): number => sign * ids.compare(rows[a] ?? 0, rows[b] ?? 0);
  const places = new Uint32Array(rows.length);
  for (let at = 0; at < places.length; at++) places[at] = at;
  return selectPage(places, offset, limit, { keys, ties, isDescending, last }).map((at) => rows[at] ?? 0);
}

function valuesOf({ read }: RangeColumn, rows: Uint32Array): Float64Array {
  const values = new Float64Array(rows.length);
  for (let at = 0; at < values.length; at++) values[at] = read(rows[at] ?? 0);
  return values;
}
