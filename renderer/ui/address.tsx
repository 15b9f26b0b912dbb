// Keys, hashes and the people behind them. The short form is for reading; the full one is always at hand.
import { cx } from '../lib/cx.ts';
import { shortenMiddle } from '../lib/middle.ts';
import styles from './address.module.css';
import { CopyButton } from './copy-button.tsx';
import { KeyMark } from './key-mark.tsx';
import { WithExact } from './tooltip.tsx';

interface AddressProps {
  readonly value: string;
  readonly what?: string;
  readonly isFull?: boolean;
  readonly canCopy?: boolean;
}

/** A key or hash in mono, middle-shortened, with copy. */
export const Address = ({ value, what = 'address', isFull = false, canCopy = true }: AddressProps) => (
  <span className={styles.address}>
    <WithExact exact={value} className={cx(styles.text, isFull && styles.full)}>
      {isFull ? value : shortenMiddle(value)}
    </WithExact>
    {canCopy ? <CopyButton text={value} what={what} /> : null}
  </span>
);

interface PersonProps {
  readonly address: string;
  readonly name?: string | undefined;
  readonly size?: 16 | 20 | 24 | 32;
}

/** A key's mark and my own name for it; without one, the short address. My names come from my contacts, never from peers. */
export const Person = ({ address, name, size = 20 }: PersonProps) => (
  <span className={styles.person}>
    <KeyMark address={address} size={size} isUnknown={name === undefined} />
    <WithExact exact={address} className={name === undefined ? styles.text : styles.name}>
      {name ?? shortenMiddle(address)}
    </WithExact>
  </span>
);
