// An amount of TFT: unit after, trailing zeros trimmed, all seven decimals at hand. Pending is hollow.
import { ArrowDownLeft, ArrowUpRight } from 'lucide-react';
import { formatAmount, formatExactAmount } from '../lib/amount.ts';
import { cx } from '../lib/cx.ts';
import styles from './amount.module.css';
import { WithExact } from './tooltip.tsx';

interface AmountProps {
  readonly stroops: bigint;
  readonly size?: 'normal' | 'large' | 'huge';
  readonly isPending?: boolean;
  readonly isSigned?: boolean;
}

const SIZES = { normal: undefined, large: styles.large, huge: styles.huge } as const;

/** "12.5 TFT". With `isSigned`, a plus or minus and an arrow say which way it moved. */
export const Amount = ({ stroops, size = 'normal', isPending = false, isSigned = false }: AmountProps) => {
  const isIn = stroops >= 0n;
  const [whole, fraction] = formatAmount(stroops).split('.');
  const Arrow = isIn ? ArrowDownLeft : ArrowUpRight;
  return (
    <WithExact
      exact={formatExactAmount(stroops)}
      className={cx(styles.amount, SIZES[size], isPending && styles.pending, isSigned && isIn && styles.in)}
    >
      {isSigned ? <Arrow aria-hidden className={styles.arrow} /> : null}
      <span className={styles.figure}>
        {isSigned && isIn ? '+' : ''}
        {whole}
        {fraction === undefined ? null : <span className={styles.fraction}>.{fraction}</span>}
      </span>{' '}
      <span className={styles.unit}>TFT</span>
    </WithExact>
  );
};
