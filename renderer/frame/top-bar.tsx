// The bar above every screen: jump anywhere, how the grid is doing in words, who I am, lock.
import { Lock, Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { GridWords } from '../lib/grid-words.ts';
import { shortenMiddle } from '../lib/middle.ts';
import { IconButton } from '../ui/button.tsx';
import { KeyMark } from '../ui/key-mark.tsx';
import { Status } from '../ui/status.tsx';
import styles from './top-bar.module.css';

interface TopBarProps {
  readonly address: string | null;
  readonly name: string | null;
  readonly grid: GridWords;
  /** The bell. */
  readonly notices: ReactNode;
  readonly onLock: () => void;
  readonly onSearch: () => void;
  readonly onMe: () => void;
  readonly onGrid: () => void;
}

/** Stays where it is while everything below changes. */
export const TopBar = ({ address, name, grid, notices, onLock, onSearch, onMe, onGrid }: TopBarProps) => {
  const me = name ?? (address === null ? '' : shortenMiddle(address, 4));
  return (
    <header className={styles.bar}>
      <AriaButton className={styles.search ?? ''} onPress={onSearch} aria-label="Search or jump to">
        <Search aria-hidden />
        <span>Search or jump to…</span>
        <kbd className={styles.kbd}>Ctrl K</kbd>
      </AriaButton>
      <div className={styles.right}>
        <AriaButton className={styles.grid ?? ''} onPress={onGrid} aria-label={`Grid state: ${grid.text}`}>
          <Status tone={grid.tone} isPlain>
            {grid.text}
          </Status>
        </AriaButton>
        {notices}
        {address === null ? null : (
          <AriaButton className={styles.me ?? ''} onPress={onMe} aria-label={`You: ${me}`}>
            <KeyMark address={address} size={24} />
            <span className={styles.name}>{me}</span>
          </AriaButton>
        )}
        <IconButton label="Lock" icon={<Lock />} onPress={onLock} />
      </div>
    </header>
  );
};
