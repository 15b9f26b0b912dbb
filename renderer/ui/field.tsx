// Text fields with a label, a hint, and a problem sentence. The value lives with whoever uses the field.
import { type ReactNode, useId } from 'react';
import { TextField as AriaTextField, FieldError, Input, Label, Text, TextArea } from 'react-aria-components';
import { cx } from '../lib/cx.ts';
import styles from './field.module.css';

/** What every text field takes. `problem` is a sentence; its presence makes the field invalid. */
export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
  readonly placeholder?: string;
  readonly isRequired?: boolean;
  readonly isDisabled?: boolean;
  readonly isReadOnly?: boolean;
  readonly autoFocus?: boolean;
  readonly isMono?: boolean;
  readonly isLabelHidden?: boolean;
  readonly maxLength?: number;
}

interface TextFieldProps extends FieldProps {
  readonly type?: 'text' | 'password' | 'search' | 'date';
  readonly inputMode?: 'text' | 'decimal' | 'numeric';
  readonly before?: ReactNode;
  readonly after?: ReactNode;
  readonly rows?: number;
  readonly autoComplete?: string;
  readonly onBlur?: () => void;
}

/** One line of text, or several with `rows`. */
export const TextField = ({
  label,
  value,
  onChange,
  hint,
  problem,
  placeholder,
  isRequired = false,
  isDisabled = false,
  isReadOnly = false,
  autoFocus = false,
  isMono = false,
  isLabelHidden = false,
  maxLength,
  type = 'text',
  inputMode = 'text',
  before,
  after,
  rows,
  autoComplete = 'off',
  onBlur,
}: TextFieldProps) => {
  const hintId = useId();
  const shared = {
    className: cx(styles.input, isMono && styles.mono),
    spellCheck: false,
    ...(placeholder === undefined ? {} : { placeholder }),
    ...(hint === undefined ? {} : { 'aria-describedby': hintId }),
  };
  return (
    <AriaTextField
      className={styles.field ?? ''}
      value={value}
      onChange={onChange}
      isInvalid={problem !== undefined}
      isRequired={isRequired}
      isDisabled={isDisabled}
      isReadOnly={isReadOnly}
      autoFocus={autoFocus}
      autoComplete={autoComplete}
      type={type}
      inputMode={inputMode}
      validationBehavior="aria"
      {...(isLabelHidden ? { 'aria-label': label } : {})}
      {...(maxLength === undefined ? {} : { maxLength })}
      {...(onBlur === undefined ? {} : { onBlur })}
    >
      {isLabelHidden ? null : <Label className={styles.label ?? ''}>{label}</Label>}
      <div className={cx(styles.box, rows !== undefined && styles.tall)}>
        {before === undefined ? null : <span className={styles.adornment}>{before}</span>}
        {rows === undefined ? <Input {...shared} /> : <TextArea {...shared} rows={rows} />}
        {after === undefined ? null : <span className={styles.adornment}>{after}</span>}
      </div>
      {problem === undefined && hint !== undefined ? (
        <Text slot="description" id={hintId} className={styles.hint ?? ''}>
          {hint}
        </Text>
      ) : null}
      <FieldError className={styles.problem ?? ''}>{problem}</FieldError>
    </AriaTextField>
  );
};
