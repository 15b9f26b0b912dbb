// One row of a table. Drawn again only when something of its own changed, so that scrolling costs the new rows and nothing else.
import { memo, type ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import styles from './table.module.css';

/** What a row needs to know of a column. */
export interface RowColumn<Row> {
  readonly key: string;
  readonly cell: (row: Row) => ReactNode;
  readonly isEnd?: boolean;
}

interface TableRowProps<Row> {
  readonly id: string;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly tracks: string;
  readonly columns: readonly RowColumn<Row>[];
  readonly row: Row | undefined;
  readonly name: string;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly isPressable: boolean;
}

const PlainRow = <Row,>({
  id,
  index,
  top,
  height,
  tracks,
  columns,
  row,
  name,
  isActive,
  isOpen,
  isPressable,
}: TableRowProps<Row>) => (
  // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a <table>; its roles say the same.
  <div
    id={id}
    role="row"
    tabIndex={-1}
    aria-rowindex={index + 2}
    aria-label={name}
    aria-selected={isOpen}
    data-index={index}
    data-active={isActive || undefined}
    data-pressable={isPressable || undefined}
    className={styles.row}
    style={{ gridTemplateColumns: tracks, height, transform: `translateY(${String(top)}px)` }}
  >
    {columns.map((column) => (
      // biome-ignore lint/a11y/useSemanticElements: see above.
      <div role="gridcell" tabIndex={-1} key={column.key} className={cx(styles.cell, column.isEnd && styles.end)}>
        {row === undefined ? <span className={styles.waiting} /> : column.cell(row)}
      </div>
    ))}
  </div>
);

/** A row at its place; grey while its data is on the way. */
export const TableRow = memo(PlainRow) as typeof PlainRow; // memo forgets that the row is generic
