// The rail on the left: where one can go, where one is, and what waits there.
import { Handshake, Network, ReceiptText, Server, Settings, Sprout, Wallet } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from '../lib/cx.ts';
import { hashOf, type ScreenName, screenNames } from '../stores/router.ts';
import { Badge } from '../ui/status.tsx';
import styles from './navigation.module.css';

/** Name, icon and shortcut of each screen: "g", then the key, goes there. */
export const screens = {
  wallet: { title: 'Wallet', icon: <Wallet />, key: 'w' },
  capacity: { title: 'Capacity', icon: <Server />, key: 'c' },
  contracts: { title: 'Contracts', icon: <ReceiptText />, key: 't' },
  cosign: { title: 'Co-sign', icon: <Handshake />, key: 's' },
  farm: { title: 'Farm', icon: <Sprout />, key: 'f' },
  grid: { title: 'Grid', icon: <Network />, key: 'g' },
  settings: { title: 'Settings', icon: <Settings />, key: ',' },
} as const satisfies Record<ScreenName, { readonly title: string; readonly icon: ReactNode; readonly key: string }>;

interface NavigationProps {
  readonly open: ScreenName;
  readonly waiting: Partial<Record<ScreenName, number>>;
}

/** Links to all screens; the open one is marked, a count says what waits. */
export const Navigation = ({ open, waiting }: NavigationProps) => (
  <nav className={styles.rail} aria-label="Main">
    <div className={styles.brand}>
      <img src="./mark.svg" alt="" width={24} height={24} />
      <span>3Bot</span>
    </div>
    <ul className={styles.list}>
      {screenNames.map((name) => {
        const { title, icon } = screens[name];
        const count = waiting[name] ?? 0;
        return (
          <li key={name} className={cx(name === 'settings' && styles.last)}>
            <a
              href={hashOf(name)}
              className={styles.link}
              aria-current={name === open ? 'page' : undefined}
              aria-label={count > 0 ? `${title}, ${count} waiting` : title}
            >
              <span className={styles.icon} aria-hidden="true">
                {icon}
              </span>
              <span className={styles.title}>{title}</span>
              {count > 0 ? <Badge isLoud>{count}</Badge> : null}
            </a>
          </li>
        );
      })}
    </ul>
  </nav>
);
