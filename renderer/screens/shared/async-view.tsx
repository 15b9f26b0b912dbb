// Draws an answer in whichever state it is: waiting lines, the sentence of a failure with a way to try again, or the content.
import type { ReactNode } from 'react';
import type { Async } from '../../lib/async-state.ts';
import { ErrorState, Skeleton } from '../../ui/state-view.tsx';

interface AsyncViewProps<T> {
  readonly state: Async<T>;
  readonly onRetry: () => void;
  readonly rows?: number;
  readonly children: (value: T) => ReactNode;
}

/** Content when ready, else why not. */
export const AsyncView = <T,>({ state, onRetry, rows = 4, children }: AsyncViewProps<T>) => {
  if (state.kind === 'failed') return <ErrorState failure={state.failure} onRetry={onRetry} />;
  if (state.kind !== 'ready') return <Skeleton rows={rows} />;
  return children(state.value);
};
