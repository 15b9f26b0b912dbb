// A state in words with an icon and a colour; never the colour alone.
import { CircleAlert, CircleCheck, CircleDashed, CircleDot, CircleX, Info } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import styles from './status.module.css';

/** What a state means to the reader. `pending` is hollow, `quiet` is over or off. */
export type Tone = 'ok' | 'caution' | 'danger' | 'info' | 'pending' | 'quiet';

const ICONS = {
  ok: CircleCheck,
  caution: CircleAlert,
  danger: CircleX,
  info: Info,
  pending: CircleDashed,
  quiet: CircleDot,
} as const satisfies Record<Tone, unknown>;

interface StatusProps {
  readonly tone: Tone;
  readonly children: ReactNode;
  readonly isPlain?: boolean;
}

/** Icon and words, in a pill, or plain inside a line of text. */
export const Status = ({ tone, children, isPlain = false }: StatusProps) => {
  const Icon = ICONS[tone];
  return (
    <span className={cx(styles.status, styles[tone], isPlain && styles.plain)}>
      <Icon aria-hidden />
      <span className={styles.words}>{children}</span>
    </span>
  );
};

/** A small neutral word or number beside a name. */
export const Badge = ({ children, isLoud = false }: { readonly children: ReactNode; readonly isLoud?: boolean }) => (
  <span className={cx(styles.badge, isLoud && styles.loud)}>{children}</span>
);

interface NoticeProps {
  readonly tone: Exclude<Tone, 'pending' | 'quiet'>;
  readonly title?: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** A block that tells something worth stopping for, with what to do about it. */
export const Notice = ({ tone, title, children, action }: NoticeProps) => {
  const Icon = ICONS[tone];
  return (
    <section className={cx(styles.notice, styles[tone])} aria-label={title ?? 'Notice'}>
      <Icon aria-hidden />
      <div className={styles.noticeText}>
        {title === undefined ? null : <p className={styles.noticeTitle}>{title}</p>}
        {children === undefined ? null : <div>{children}</div>}
      </div>
      {action}
    </section>
  );
};
