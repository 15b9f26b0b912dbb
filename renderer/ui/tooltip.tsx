// A short hint on hover and focus. It may repeat or make exact; nothing may be found only here.
import type { ReactElement, ReactNode } from 'react';
import { Focusable, Tooltip, TooltipTrigger } from 'react-aria-components';
import styles from './tooltip.module.css';

interface HintProps {
  readonly text: ReactNode;
  readonly children: ReactElement;
}

/** Puts a hint on a focusable control. */
export const Hint = ({ text, children }: HintProps) => (
  <TooltipTrigger delay={500} closeDelay={60}>
    {children}
    <Tooltip className={styles.tooltip ?? ''} offset={6}>
      {text}
    </Tooltip>
  </TooltipTrigger>
);

interface ExactProps {
  readonly exact: string;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** Puts the exact value on text that shows a friendlier one; reachable by keyboard. */
export const WithExact = ({ exact, className, children }: ExactProps) => (
  <TooltipTrigger delay={300} closeDelay={60}>
    <Focusable>
      <span role="note" className={className}>
        {children}
      </span>
    </Focusable>
    <Tooltip className={styles.tooltip ?? ''} offset={6}>
      {exact}
    </Tooltip>
  </TooltipTrigger>
);
