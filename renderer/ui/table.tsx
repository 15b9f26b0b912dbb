// A dense table for any number of rows: only the visible ones exist in the page, yet a screen reader hears a whole grid.
// Rows come by index, so that they may still be on their way; the table asks for the range that it shows.
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import {
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { cx } from '../lib/cx.ts';
import styles from './table.module.css';
import { type RowColumn, TableRow } from './table-row.tsx';
import { NoTabStops } from './tooltip.tsx';

/** One column: its track in CSS grid terms ("minmax(160px, 1fr)"), and how a row's cell looks. */
export interface Column<Row, Sort extends string = string> extends RowColumn<Row> {
  readonly title: string;
  readonly track: string;
  readonly sort?: Sort;
  /** Shown only when the table is at least this wide, in px: for what can also be seen elsewhere. */
  readonly from?: number;
}

/** Which column orders the rows, and which way. */
export interface Sorting<Sort extends string = string> {
  readonly by: Sort;
  readonly isDescending: boolean;
}

interface TableProps<Row, Sort extends string> {
  readonly label: string;
  readonly columns: readonly Column<Row, Sort>[];
  readonly count: number;
  readonly rowAt: (index: number) => Row | undefined;
  readonly rowName: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  readonly onRange?: (first: number, last: number) => void;
  readonly isOpenRow?: (row: Row) => boolean;
  readonly sorting?: Sorting<Sort>;
  readonly onSort?: (sorting: Sorting<Sort>) => void;
  readonly rowHeight?: number;
  readonly isFilling?: boolean;
  readonly minWidth?: number;
}

const PAGE_ROWS = 10;

const nextIndex = (key: string, active: number, count: number): number | undefined => {
  const last = count - 1;
  if (key === 'ArrowDown') return Math.min(last, active + 1);
  if (key === 'ArrowUp') return Math.max(0, active - 1);
  if (key === 'PageDown') return Math.min(last, active + PAGE_ROWS);
  if (key === 'PageUp') return Math.max(0, active - PAGE_ROWS);
  if (key === 'Home') return 0;
  return key === 'End' ? last : undefined;
};

/** A virtualised grid. Arrow keys walk rows, Enter opens one. */
export const Table = <Row, Sort extends string = string>({
  label,
  columns,
  count,
  rowAt,
  rowName,
  onOpen,
  onRange,
  isOpenRow,
  sorting,
  onSort,
  rowHeight = 40,
  isFilling = false,
  minWidth = 0,
}: TableProps<Row, Sort>) => {
  const scroller = useRef<HTMLDivElement>(null);
  const idBase = useId();
  const [active, setActive] = useState(-1);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    initialRect: { width: 900, height: 480 },
  });
  const shown = useShown(columns, scroller);
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => onRange?.(first, last), [onRange, first, last]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== scroller.current || count === 0) return;
    if (event.key === 'Enter') {
      const row = rowAt(active);
      if (row !== undefined) onOpen?.(row);
      return;
    }
    const next = nextIndex(event.key, active, count);
    if (next === undefined) return;
    event.preventDefault();
    setActive(next);
    virtual.scrollToIndex(next);
  };
  /** One listener for all rows; buttons and links inside a row act for themselves. */
  const onClick = (event: MouseEvent): void => {
    if (!(event.target instanceof Element) || event.target.closest('button, a') !== null) return;
    const index = Number(event.target.closest<HTMLElement>('[data-index]')?.dataset['index'] ?? -1);
    const row = index < 0 ? undefined : rowAt(index);
    if (row === undefined) return;
    setActive(index);
    scroller.current?.focus({ preventScroll: true });
    onOpen?.(row);
  };
  const tracks = shown.map((column) => column.track).join(' ');

  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table>; its roles say the same.
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-colcount={shown.length}
      aria-activedescendant={active >= first && active <= last ? `${idBase}${active}` : undefined}
      tabIndex={0}
      className={cx(styles.grid, isFilling && styles.filling)}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onFocus={(event) => {
        if (event.target !== scroller.current) return;
        if (active < 0 && count > 0) setActive(first);
      }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: see above. */}
      <div
        role="row"
        aria-rowindex={1}
        tabIndex={-1}
        className={styles.head}
        style={{ gridTemplateColumns: tracks, minWidth }}
      >
        {shown.map((column) => (
          <HeadCell key={column.key} column={column} sorting={sorting} onSort={onSort} />
        ))}
      </div>
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative', minWidth }}>
        <NoTabStops>
          {items.map((item) => {
            const row = rowAt(item.index);
            return (
              <TableRow
                key={item.key}
                id={`${idBase}${item.index}`}
                index={item.index}
                top={item.start}
                height={item.size}
                tracks={tracks}
                columns={shown}
                row={row}
                name={row === undefined ? 'Loading' : rowName(row)}
                isActive={item.index === active}
                isOpen={row !== undefined && isOpenRow?.(row) === true}
                isPressable={onOpen !== undefined}
              />
            );
          })}
        </NoTabStops>
      </div>
    </div>
  );
};

/** The columns that the table has room for now. */
const useShown = <Row, Sort extends string>(
  columns: readonly Column<Row, Sort>[],
  table: RefObject<HTMLElement | null>,
): readonly Column<Row, Sort>[] => {
  const [width, setWidth] = useState(Number.POSITIVE_INFINITY);
  useLayoutEffect(() => {
    const element = table.current;
    if (element === null) return;
    const measure = (): void => setWidth(element.clientWidth);
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    return () => watch.disconnect();
  }, [table]);
  return useMemo(() => columns.filter(({ from = 0 }) => width >= from), [columns, width]);
};

interface HeadCellProps<Row, Sort extends string> {
  readonly column: Column<Row, Sort>;
  readonly sorting: Sorting<Sort> | undefined;
  readonly onSort: ((sorting: Sorting<Sort>) => void) | undefined;
}

const HeadCell = <Row, Sort extends string>({ column, sorting, onSort }: HeadCellProps<Row, Sort>) => {
  const { sort } = column;
  const isSorted = sort !== undefined && sorting?.by === sort;
  const order = isSorted ? (sorting.isDescending ? 'descending' : 'ascending') : undefined;
  const Arrow = sorting?.isDescending === true ? ArrowDown : ArrowUp;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above.
    <div
      role="columnheader"
      tabIndex={-1}
      aria-sort={order}
      className={cx(styles.headCell, column.isEnd && styles.end)}
    >
      {sort === undefined || onSort === undefined ? (
        column.title
      ) : (
        <button
          type="button"
          className={styles.sort}
          onClick={() => onSort({ by: sort, isDescending: isSorted ? !sorting.isDescending : column.isEnd === true })}
        >
          {column.title}
          {isSorted ? <Arrow aria-hidden /> : null}
        </button>
      )}
    </div>
  );
};
