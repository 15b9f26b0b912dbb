// A list that grows at its top while somebody reads further down: the first page follows main, older ones are fetched when reached.
import { useCallback, useMemo, useRef, useState } from 'react';
import { type Async, valueIn } from '../../lib/async-state.ts';

/** A page of a list, newest first; `next` is the cursor for the page after it, `floor` up to where nothing more is kept. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
  readonly floor: number | null;
}

/** All items so far, and how to get more. */
export interface Pages<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
  /** At the end of the list: up to this height nothing of it is kept on this computer. */
  readonly floor: number | null;
  readonly loadMore: () => void;
}

/** Joins a fresh first page with what was read before; without an overlap the older part is dropped, it may have a hole. */
export const joinPages = <T>(first: Page<T>, known: Page<T>, keyOf: (item: T) => number): Page<T> => {
  const last = first.items.at(-1);
  if (last === undefined || known.items.length === 0) return first;
  const from = known.items.findIndex((item) => keyOf(item) === keyOf(last));
  return from < 0 ? first : { ...known, items: [...first.items, ...known.items.slice(from + 1)] };
};

/** Follows `first` and appends older pages on demand. */
export const usePages = <T>(
  first: Async<Page<T>>,
  fetchAfter: (after: string) => Promise<Page<T>>,
  keyOf: (item: T) => number,
): Pages<T> => {
  const [known, setKnown] = useState<Page<T>>({ items: [], next: null, floor: null });
  const isLoading = useRef(false);
  const newest = valueIn(first);
  const page = useMemo(() => (newest === undefined ? known : joinPages(newest, known, keyOf)), [newest, known, keyOf]);
  const loadMore = useCallback(() => {
    if (page.next === null || isLoading.current) return;
    isLoading.current = true;
    fetchAfter(page.next)
      .then((older) => setKnown({ ...older, items: [...page.items, ...older.items] }))
      // What is shown stays; reaching the end again tries again.
      .catch(() => undefined)
      .finally(() => {
        isLoading.current = false;
      });
  }, [page, fetchAfter]);
  return { items: page.items, hasMore: page.next !== null, floor: page.floor, loadMore };
};
