// One choice out of a short, closed list.
import { Check, ChevronDown } from 'lucide-react';
import {
  Select as AriaSelect,
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  Text,
} from 'react-aria-components';
import styles from './field.module.css';

/** One thing to choose. */
export interface Option<T extends string> {
  readonly value: T;
  readonly text: string;
}

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
    <Popover className={styles.popover ?? ''} offset={4}>
      <ListBox items={options.map((option) => ({ ...option, id: option.value }))}>
        {(option) => (
          <ListBoxItem id={option.value} textValue={option.text} className={styles.option ?? ''}>
            {({ isSelected }) => (
              <>
                <span className={styles.optionText}>{option.text}</span>
                {isSelected ? <Check aria-hidden /> : null}
              </>
            )}
          </ListBoxItem>
        )}
      </ListBox>
    </Popover>
  </AriaSelect>
);
