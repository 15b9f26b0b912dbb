// The mark of a key, drawn. The address stands beside it wherever it matters.

import { cx } from '../lib/cx.ts';
import { keyMarkShape, type MarkCell } from '../lib/key-mark-shape.ts';
import styles from './key-mark.module.css';

/** Cells on a unit square; corners are quarter discs. Mirrored cells are drawn inside a flipped group. */
const PATHS = {
  empty: '',
  full: 'M0 0h1v1H0Z',
  dot: 'M.5 .1a.4.4 0 1 1 0 .8a.4.4 0 1 1 0-.8Z',
  diamond: 'M.5 0L1 .5L.5 1L0 .5Z',
  cornerA: 'M0 0h1a1 1 0 0 1-1 1Z',
  cornerB: 'M1 0v1a1 1 0 0 1-1-1Z',
  cornerC: 'M1 1H0a1 1 0 0 1 1-1Z',
  cornerD: 'M0 1V0a1 1 0 0 1 1 1Z',
} as const satisfies Record<MarkCell, string>;

interface KeyMarkProps {
  readonly address: string;
  readonly size?: 16 | 20 | 24 | 32 | 48;
  readonly isUnknown?: boolean;
}

/** A deterministic shape for an address. Unknown keys have a dashed edge. Decorative: the name or address beside it is read out. */
export const KeyMark = ({ address, size = 20, isUnknown = false }: KeyMarkProps) => {
  const { hue, cells } = keyMarkShape(address);
  const half = cells
    .map((cell, index) => ({ cell, x: index % 2, y: Math.floor(index / 2) }))
    .filter(({ cell }) => cell !== 'empty');
  const drawn = half.map(({ cell, x, y }) => (
    <path key={`${x}${y}`} d={PATHS[cell]} transform={`translate(${x} ${y})`} />
  ));
  return (
    <svg
      className={cx(styles.mark, styles[`hue${hue}`], isUnknown && styles.unknown)}
      width={size}
      height={size}
      viewBox="-1 -1 6 6"
      aria-hidden="true"
    >
      <rect className={styles.ground} x="-1" y="-1" width="6" height="6" rx="1.5" />
      <g className={styles.shape}>
        <g>{drawn}</g>
        <g transform="translate(4 0) scale(-1 1)">{drawn}</g>
      </g>
    </svg>
  );
};
