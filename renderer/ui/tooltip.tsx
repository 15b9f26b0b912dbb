// A short hint on hover and focus. It may repeat or make exact; nothing may be found only here.
import { createContext, type ReactElement, type ReactNode, useContext } from 'react';
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

const TabStops = createContext(true);

/** Inside, exact values show on hover only: a table is one stop of the keyboard, not hundreds. */
export const NoTabStops = ({ children }: { readonly children: ReactNode }) => (
  <TabStops value={false}>{children}</TabStops>
);

interface ExactProps {
  readonly exact: string;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** Puts the exact value on text that shows a friendlier one; reachable by keyboard. */
export const WithExact = ({ exact, className, children }: ExactProps) => {
  const isStop = useContext(TabStops);
  return (
    <TooltipTrigger delay={300} closeDelay={60}>
      <Focusable excludeFromTabOrder={!isStop}>
        <span role="note" className={className}>
          {children}
        </span>
      </Focusable>
      <Tooltip className={styles.tooltip ?? ''} offset={6}>
        {exact}
      </Tooltip>
    </TooltipTrigger>
  );
};
