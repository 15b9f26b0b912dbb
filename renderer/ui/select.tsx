// One choice out of a short, closed list.
import { ChevronDown } from 'lucide-react';
import { Select as AriaSelect, Button, Label, SelectValue, Text } from 'react-aria-components';
import styles from './field.module.css';
import { type Option, OptionList } from './option-list.tsx';

interface SelectProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly Option<T>[];
  readonly onChange: (value: T) => void;
  readonly isLabelHidden?: boolean;
  readonly isDisabled?: boolean;
  readonly hint?: string | undefined;
}

/** A labelled list to choose from. */
export const Select = <T extends string>({
  label,
  value,
  options,
  onChange,
  isLabelHidden = false,
  isDisabled = false,
  hint,
}: SelectProps<T>) => (
  <AriaSelect
    className={styles.select ?? ''}
    value={value}
    isDisabled={isDisabled}
    onChange={(key) => {
      const chosen = options.find((option) => option.value === key);
      if (chosen !== undefined) onChange(chosen.value);
    }}
    {...(isLabelHidden ? { 'aria-label': label } : {})}
  >
    {isLabelHidden ? null : <Label className={styles.label ?? ''}>{label}</Label>}
    <Button className={styles.selectButton ?? ''}>
      <SelectValue className={styles.selectValue ?? ''} />
      <ChevronDown aria-hidden />
    </Button>
    {hint === undefined ? null : (
      <Text slot="description" className={styles.hint ?? ''}>
        {hint}
      </Text>
    )}
    <OptionList options={options} />
  </AriaSelect>
);
