// Some choices out of a closed list, or none. The list stays open while one chooses.
import { ChevronDown } from 'lucide-react';
import { Select as AriaSelect, Button, Label, Text } from 'react-aria-components';
import styles from './field.module.css';
import { type Option, OptionList } from './option-list.tsx';

interface MultiSelectProps {
  readonly label: string;
  readonly values: readonly string[];
  readonly options: readonly Option<string>[];
  readonly onChange: (values: readonly string[]) => void;
  /** What is said of the chosen ones on the button; of none: `none`. */
  readonly chosen: string;
  readonly none: string;
  readonly hint?: string | undefined;
}

/** A labelled list to choose several from. */
export const MultiSelect = ({ label, values, options, onChange, chosen, none, hint }: MultiSelectProps) => (
  <AriaSelect
    className={styles.select ?? ''}
    selectionMode="multiple"
    value={[...values]}
    onChange={(keys) => onChange(keys.map(String))}
  >
    <Label className={styles.label ?? ''}>{label}</Label>
    <Button className={styles.selectButton ?? ''}>
      <span className={styles.selectValue}>{values.length === 0 ? none : chosen}</span>
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
