// A time as people read it: relative, with the exact one at hand.
import { useState } from 'react';
import { formatExactTime, formatRelative, nextChangeMs } from '../lib/time.ts';
import { useNow } from './clock.tsx';
import { WithExact } from './tooltip.tsx';

interface TimeProps {
  readonly timeMs: number;
  readonly className?: string;
}

/** "in 3 days"; the exact local time on hover and focus. */
export const Time = ({ timeMs, className }: TimeProps) => {
  const [everyMs, setEveryMs] = useState(1000);
  const now = useNow(everyMs);
  const next = nextChangeMs(timeMs, now);
  if (next !== everyMs) setEveryMs(next);
  return (
    <WithExact exact={formatExactTime(timeMs)} className={className}>
      <time dateTime={new Date(timeMs).toISOString()}>{formatRelative(timeMs, now)}</time>
    </WithExact>
  );
};
