/**
 * A page of a long list without sorting all of it: quickselect moves the page's items into place in linear time,
 * then only they are sorted. Pure.
 */

export type Compare = (a: number, b: number) => number;

/** Moves items so that `items[place]` is what a full sort would put there; smaller ones before, larger ones after. */
function place(items: Uint32Array, at: number, compare: Compare, from: number, to: number): void {
  let low = from;
  let high = to;
  while (low < high) {
    const pivot = medianOfThree(items, low, high, compare);
    let left = low;
    let right = high;
    while (left <= right) {
      while (compare(items[left] ?? 0, pivot) < 0) left += 1;
      while (compare(items[right] ?? 0, pivot) > 0) right -= 1;
      if (left > right) break;
      swap(items, left, right);
      left += 1;
      right -= 1;
    }
    if (at <= right) high = right;
    else if (at >= left) low = left;
    else return;
  }
}

function swap(items: Uint32Array, a: number, b: number): void {
  const kept = items[a] ?? 0;
  items[a] = items[b] ?? 0;
  items[b] = kept;
}

function medianOfThree(items: Uint32Array, low: number, high: number, compare: Compare): number {
  const a = items[low] ?? 0;
  const b = items[(low + high) >>> 1] ?? 0;
  const c = items[high] ?? 0;
  if (compare(a, b) < 0) return compare(b, c) < 0 ? b : compare(a, c) < 0 ? c : a;
  return compare(a, c) < 0 ? a : compare(b, c) < 0 ? c : b;
}

/** Items `offset` to `offset + limit` of the order that `compare`, a total order, gives. Reorders `items`. */
export function selectPage(items: Uint32Array, offset: number, limit: number, compare: Compare): readonly number[] {
  const last = items.length - 1;
  if (offset > last || limit <= 0) return [];
  const end = Math.min(offset + limit, items.length);
  place(items, offset, compare, 0, last);
  if (end <= last) place(items, end, compare, offset, last);
  return Array.from(items.subarray(offset, end)).sort(compare);
}
