// The filters above the capacity table: the most used ones, and a line with those in use, what each removes, and the way to all.
// They act while one types, and nothing below them moves.
import { ListFilter } from 'lucide-react';
import type { FilterName } from '../../lib/node-filter-fields.ts';
import { noFilters, removesWords, type TypedFilters, usedFilters } from '../../lib/node-filters.ts';
import { Button } from '../../ui/button.tsx';
import { Chips } from '../../ui/chips.tsx';
import styles from './capacity.module.css';
import { FilterControl } from './filter-field.tsx';

interface FiltersProps {
  readonly typed: TypedFilters;
  readonly onChange: (typed: TypedFilters) => void;
  /** What each filter removes, as far as main has said. */
  readonly removedBy: Readonly<Record<string, number>> | undefined;
  readonly onAll: () => void;
}

const mostUsed: readonly FilterName[] = [
  'freeCruMilli',
  'freeMruBytes',
  'freeSruBytes',
  'freeHruBytes',
  'countries',
  'city',
  'farmName',
  'status',
  'maxCuHourStroops',
];

/** Free capacity at least, place, farm, state, price at most; and what is in use of all filters. */
export const Filters = ({ typed, onChange, removedBy, onAll }: FiltersProps) => {
  const used = usedFilters(typed);
  return (
    <search className={styles.filterBar} aria-label="Filters">
      <div className={styles.filters}>
        {mostUsed.map((name) => (
          <FilterControl
            key={name}
            name={name}
            typed={typed[name]}
            onChange={(value) => onChange({ ...typed, [name]: value })}
          />
        ))}
      </div>
      <div className={styles.used}>
        <Button size="small" icon={<ListFilter />} onPress={onAll}>
          All filters
        </Button>
        <Chips
          label="Filters in use"
          chips={used.map(({ name, words, isProblem }) => ({
            name,
            text: words,
            note: removesWords(name, removedBy),
            isProblem,
          }))}
          onRemove={(names) => onChange({ ...typed, ...Object.fromEntries(names.map((name) => [name, ''])) })}
          none="Every node is shown"
        />
        <Button size="small" kind="quiet" isDisabled={used.length === 0} onPress={() => onChange(noFilters)}>
          {used.length < 2 ? 'Clear all' : `Clear all ${String(used.length)}`}
        </Button>
      </div>
    </search>
  );
};
