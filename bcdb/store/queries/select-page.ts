/**
 * A page of a long list without sorting all of it: quickselect moves the page's rows into place in linear time, then
 * only they are sorted. Rows are numbers; flat arrays and inlined comparisons, because this runs over every node of a
 * grid. Pure.
 */

/** What orders rows: `keys[row]`, rows of equal keys by `ties[row]`, and rows of equal ties by `last`. */
export type Order = {
  readonly keys: Float64Array;
  readonly ties: Float64Array;
  readonly isDescending: boolean;
  readonly last: (a: number, b: number) => number;
};

type Compare = (a: number, b: number) => number;

function compareBy({ keys, ties, isDescending, last }: Order): Compare {
  const sign = isDescending ? -1 : 1;
  return (a, b) => {
    const keyOfA = keys[a] ?? 0;
    const keyOfB = keys[b] ?? 0;
    if (keyOfA < keyOfB) return -sign;
    if (keyOfA > keyOfB) return sign;
    const byTie = (ties[a] ?? 0) - (ties[b] ?? 0);
    return byTie !== 0 || a === b ? byTie : last(a, b);
  };
}

/** Moves rows so that `rows[at]` is what a full sort would put there; smaller ones before, larger ones after. */
function place(rows: Uint32Array, at: number, from: number, to: number, compare: Compare): void {
  let low = from;
  let high = to;
  while (low < high) {
    const pivot = medianOfThree(rows, low, high, compare);
    let left = low;
    let right = high;
    while (left <= right) {
      while (compare(rows[left] ?? 0, pivot) < 0) left += 1;
      while (compare(rows[right] ?? 0, pivot) > 0) right -= 1;
      if (left > right) break;
      const kept = rows[left] ?? 0;
      rows[left] = rows[right] ?? 0;
      rows[right] = kept;
      left += 1;
      right -= 1;
    }
    if (at <= right) high = right;
    else if (at >= left) low = left;
    else return;
  }
}

function medianOfThree(rows: Uint32Array, low: number, high: number, compare: Compare): number {
  const a = rows[low] ?? 0;
  const b = rows[(low + high) >>> 1] ?? 0;
  const c = rows[high] ?? 0;
  if (compare(a, b) < 0) return compare(b, c) < 0 ? b : compare(a, c) < 0 ? c : a;
  return compare(a, c) < 0 ? a : compare(b, c) < 0 ? c : b;
}

/** Rows `offset` to `offset + limit` in order. Reorders `rows`. */
export function selectPage(rows: Uint32Array, offset: number, limit: number, order: Order): readonly number[] {
  const last = rows.length - 1;
  if (offset > last || limit <= 0) return [];
  const compare = compareBy(order);
  const end = Math.min(offset + limit, rows.length);
  // The nearer end of the page first: it leaves less to look through for the other.
  if (end <= last) place(rows, end, 0, last, compare);
  if (offset > 0) place(rows, offset, 0, end - 1, compare);
  return Array.from(rows.subarray(offset, end)).sort(compare);
}
