// The one place where views learn the time. The clock comes in from the entry, so that tests can hold it still.
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';

const ClockContext = createContext<() => number>(() => 0);

/** Gives the views below a clock. */
export const ClockProvider = ({ now, children }: { readonly now: () => number; readonly children: ReactNode }) => (
  <ClockContext value={now}>{children}</ClockContext>
);

/** The time in ms, looked at again every `everyMs`. */
export const useNow = (everyMs: number): number => {
  const now = useContext(ClockContext);
  const [time, setTime] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setTime(now()), everyMs);
    return () => clearInterval(timer);
  }, [now, everyMs]);
  return time;
};
