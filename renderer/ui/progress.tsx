// Work with a number. Anything over ten seconds also gets a way out.
import { Label, ProgressBar } from 'react-aria-components';
import { Button } from './button.tsx';
import styles from './progress.module.css';

interface ProgressProps {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  readonly unit?: string;
  readonly onCancel?: () => void;
}

/** A bar with "1,204 of 9,000 blocks". */
export const Progress = ({ label, done, total, unit = '', onCancel }: ProgressProps) => {
  const text = `${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${unit}`.trim();
  return (
    <ProgressBar className={styles.progress ?? ''} value={done} maxValue={Math.max(total, 1)} valueLabel={text}>
      {({ percentage }) => (
        <>
          <div className={styles.words}>
            <Label>{label}</Label>
            <span className={styles.number}>{text}</span>
          </div>
          <div className={styles.track}>
            <div className={styles.bar} style={{ width: `${percentage ?? 0}%` }} />
          </div>
          {onCancel === undefined ? null : (
            <Button size="small" onPress={onCancel}>
              Stop
            </Button>
          )}
        </>
      )}
    </ProgressBar>
  );
};

interface ShareProps {
  readonly label: string;
  readonly used: number;
  readonly total: number;
  readonly text: string;
}

/** How much of a whole is in use, as a thin bar with words. */
export const Share = ({ label, used, total, text }: ShareProps) => (
  <div className={styles.progress}>
    <div className={styles.words}>
      <span>{label}</span>
      <span className={styles.number}>{text}</span>
    </div>
    {/* biome-ignore lint/a11y/useSemanticElements: a native meter cannot be drawn by our tokens. */}
    <div
      className={styles.track}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={used}
      aria-valuetext={text}
    >
      <div className={styles.bar} style={{ width: `${total === 0 ? 0 : Math.min(100, (used / total) * 100)}%` }} />
    </div>
  </div>
);
