// The states every list has besides its rows: empty, failed, loading. Nothing jumps when they change.
import { RotateCw } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import type { Failure } from '../lib/async-state.ts';
import { sentenceFor } from '../words.ts';
import { Button } from './button.tsx';
import styles from './state-view.module.css';

interface EmptyProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** Why nothing is here, and the next step. */
export const EmptyState = ({ icon, title, children, action }: EmptyProps) => (
  <div className={styles.state}>
    <span className={styles.icon} aria-hidden="true">
      {icon}
    </span>
    <h3 className={styles.title}>{title}</h3>
    {children === undefined ? null : <p className={styles.text}>{children}</p>}
    {action}
  </div>
);

interface ErrorProps {
  readonly failure: Failure;
  readonly onRetry?: () => void;
}

/** What went wrong in a sentence, its code, and a way to try again. */
export const ErrorState = ({ failure, onRetry }: ErrorProps) => (
  <div className={styles.state} role="alert">
    <h3 className={styles.title}>{sentenceFor(failure.code)}</h3>
    <ErrorCode failure={failure} />
    {onRetry === undefined ? null : (
      <Button icon={<RotateCw />} onPress={onRetry}>
        Try again
      </Button>
    )}
  </div>
);

const ErrorCode = ({ failure }: { readonly failure: Failure }) => (
  <p className={styles.code}>
    <code>{failure.code}</code>
    {failure.detail === '' ? null : <span>{failure.detail.slice(0, 160)}</span>}
    {failure.id === undefined ? null : <code title="The log has more under this id">log {failure.id.slice(0, 8)}</code>}
  </p>
);

/** A failure inside a form or sheet: the sentence and the code, announced at once. */
export const InlineError = ({ failure }: { readonly failure: Failure }) => (
  <div className={styles.inline} role="alert">
    <p>{sentenceFor(failure.code)}</p>
    <ErrorCode failure={failure} />
  </div>
);

/** Whether a wait has lasted long enough to be worth showing (150 ms), so that quick answers do not flicker. */
const useIsLate = (): boolean => {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return isLate;
};

/** Grey lines where rows will be. Takes the room from the start, shows after 150 ms. */
export const Skeleton = ({ rows = 5, label = 'Loading' }: { readonly rows?: number; readonly label?: string }) => {
  const isLate = useIsLate();
  return (
    <div className={styles.skeleton} aria-busy="true" role="status" aria-label={label} data-late={isLate || undefined}>
      {Array.from({ length: rows }, (_, index) => (
        <span key={`line-${String(index)}`} className={styles.line} />
      ))}
    </div>
  );
};
