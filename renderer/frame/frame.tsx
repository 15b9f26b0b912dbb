// The window's frame: rail, top bar, the open screen. It knows where things are, not what they do.
import type { ReactNode } from 'react';
import styles from './frame.module.css';

interface FrameProps {
  readonly navigation: ReactNode;
  readonly topBar: ReactNode;
  readonly banner?: ReactNode;
  readonly children: ReactNode;
}

/** Rail left, bar on top, the screen in its own scrolling sheet. */
export const Frame = ({ navigation, topBar, banner, children }: FrameProps) => (
  <div className={styles.frame}>
    <button type="button" className={styles.skip} onClick={() => document.getElementById('main')?.focus()}>
      Skip to content
    </button>
    {navigation}
    <div className={styles.side}>
      {topBar}
      <main id="main" className={styles.main} tabIndex={-1}>
        {banner}
        <div className={styles.screen}>{children}</div>
      </main>
    </div>
  </div>
);

/** The frame of what comes before there is a wallet to show: one calm sheet in the middle. */
export const Threshold = ({
  children,
  isWide = false,
}: {
  readonly children: ReactNode;
  readonly isWide?: boolean;
}) => (
  <main className={styles.threshold}>
    <div className={isWide ? styles.wideSheet : styles.sheet}>
      <img src="./mark.svg" alt="3Bot" width={40} height={40} className={styles.mark} />
      {children}
    </div>
  </main>
);
