// A span of time as a number and a unit.
import type { ReactNode } from 'react';
import { spanSeconds, type TypedSpan } from '../../lib/draft.ts';
import { TextField } from '../../ui/field.tsx';
import { Select } from '../../ui/select.tsx';
import styles from './contracts.module.css';

interface SpanFieldProps {
  readonly label: string;
  readonly span: TypedSpan;
  readonly onChange: (span: TypedSpan) => void;
  readonly hint?: ReactNode;
}

const units = [
  { value: 'minutes', text: 'minutes' },
  { value: 'hours', text: 'hours' },
  { value: 'days', text: 'days' },
] as const;

/** "30 days". */
export const SpanField = ({ label, span, onChange, hint }: SpanFieldProps) => (
  <div>
    <div className={styles.span}>
      <TextField
        label={label}
        value={span.count}
        onChange={(count) => onChange({ ...span, count })}
        inputMode="decimal"
        maxLength={8}
        problem={span.count !== '' && spanSeconds(span) === 0 ? 'Write a number' : undefined}
      />
      <Select
        label={`${label}, unit`}
        isLabelHidden
        value={span.unit}
        options={units}
        onChange={(unit) => onChange({ ...span, unit })}
      />
    </div>
    {hint === undefined ? null : <p className={styles.hint}>{hint}</p>}
  </div>
);
