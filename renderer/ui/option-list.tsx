// The list that opens under a choice; what is chosen has a tick.
import { Check } from 'lucide-react';
import { ListBox, ListBoxItem, Popover } from 'react-aria-components';
import styles from './field.module.css';

/** One thing to choose. */
export interface Option<T extends string> {
  readonly value: T;
  readonly text: string;
}

export const OptionList = ({ options }: { readonly options: readonly Option<string>[] }) => (
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
);
