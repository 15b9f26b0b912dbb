// Buttons. A dangerous one is named by its effect by whoever uses it; a pending one stays focusable and cannot be pressed twice.
import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { cx } from '../lib/cx.ts';
import styles from './button.module.css';
import { Spinner } from './spinner.tsx';
import { Hint } from './tooltip.tsx';

/** How loud a button is: one primary or danger button per view at most. */
export type ButtonKind = 'primary' | 'secondary' | 'danger' | 'quiet';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress?: () => void;
  readonly kind?: ButtonKind;
  readonly size?: 'small' | 'normal' | 'large';
  readonly icon?: ReactNode;
  readonly isPending?: boolean;
  readonly isDisabled?: boolean;
  readonly isWide?: boolean;
  readonly type?: 'button' | 'submit';
  readonly autoFocus?: boolean;
  readonly label?: string;
  readonly slot?: string;
}

/** A button with a word on it. `label` replaces the word for assistive technology where the word alone says too little. */
export const Button = ({
  children,
  onPress,
  kind = 'secondary',
  size = 'normal',
  icon,
  isPending = false,
  isDisabled = false,
  isWide = false,
  type = 'button',
  autoFocus = false,
  label,
  slot,
}: ButtonProps) => (
  <AriaButton
    type={type}
    className={cx(styles.button, styles[kind], styles[size], isWide && styles.wide)}
    isPending={isPending}
    isDisabled={isDisabled}
    autoFocus={autoFocus}
    {...(onPress === undefined ? {} : { onPress })}
    {...(label === undefined ? {} : { 'aria-label': label })}
    {...(slot === undefined ? {} : { slot })}
  >
    {isPending ? <Spinner /> : icon}
    <span className={styles.word}>{children}</span>
  </AriaButton>
);

interface IconButtonProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly onPress?: () => void;
  readonly isDisabled?: boolean;
  readonly slot?: string;
  readonly size?: 'small' | 'normal';
}

/** A button that is only an icon; its label is its accessible name and its tooltip. */
export const IconButton = ({ label, icon, onPress, isDisabled = false, slot, size = 'normal' }: IconButtonProps) => (
  <Hint text={label}>
    <AriaButton
      className={cx(styles.button, styles.quiet, styles.icon, size === 'small' && styles.iconSmall)}
      aria-label={label}
      isDisabled={isDisabled}
      {...(onPress === undefined ? {} : { onPress })}
      {...(slot === undefined ? {} : { slot })}
    >
      {icon}
    </AriaButton>
  </Hint>
);
