// A switch changes something at once; a checkbox says yes to something that a button does later.
import { Check, Minus } from 'lucide-react';
import type { ReactNode } from 'react';
import { Checkbox as AriaCheckbox, Switch as AriaSwitch } from 'react-aria-components';
import { cx } from '../lib/cx.ts';
import styles from './toggle.module.css';

interface ToggleProps {
  readonly children: ReactNode;
  readonly isSelected: boolean;
  readonly onChange: (isSelected: boolean) => void;
  readonly isDisabled?: boolean;
  readonly label?: string;
}

/** On or off, at once. */
export const Switch = ({
  children,
  isSelected,
  onChange,
  isDisabled = false,
  label,
  size = 'normal',
}: ToggleProps & { readonly size?: 'normal' | 'large' }) => (
  <AriaSwitch
    className={cx(styles.switch, size === 'large' && styles.large)}
    isSelected={isSelected}
    onChange={onChange}
    isDisabled={isDisabled}
    {...(label === undefined ? {} : { 'aria-label': label })}
  >
    <span className={styles.track} aria-hidden="true">
      <span className={styles.thumb} />
    </span>
    {children}
  </AriaSwitch>
);

/** Ticked or not; `isSome` shows the state between. */
export const Checkbox = ({
  children,
  isSelected,
  onChange,
  isDisabled = false,
  label,
  isSome = false,
}: ToggleProps & { readonly isSome?: boolean }) => (
  <AriaCheckbox
    className={styles.checkbox ?? ''}
    isSelected={isSelected}
    isIndeterminate={isSome}
    onChange={onChange}
    isDisabled={isDisabled}
    {...(label === undefined ? {} : { 'aria-label': label })}
  >
    <span className={styles.tick} aria-hidden="true">
      {isSome ? <Minus /> : isSelected ? <Check /> : null}
    </span>
    <span>{children}</span>
  </AriaCheckbox>
);
