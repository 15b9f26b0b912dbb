// One filter as a control, by its kind. What it says beneath takes its room from the start, so that nothing moves.
import { countries } from '../../lib/country.ts';
import { type FilterKind, partsOf } from '../../lib/filter-kinds.ts';
import { type FilterName, filterField } from '../../lib/node-filter-fields.ts';
import { readOf } from '../../lib/node-filters.ts';
import { TextField } from '../../ui/field.tsx';
import { MultiSelect } from '../../ui/multi-select.tsx';
import { Select } from '../../ui/select.tsx';

interface FilterControlProps {
  readonly name: FilterName;
  readonly typed: string;
  readonly onChange: (typed: string) => void;
  /** What is said beneath it; absent: nothing ever is. */
  readonly note?: string | undefined;
}

const allCountries = countries();
const any = { value: 'any', text: 'Any' } as const;

/** How a field of text looks for a kind. */
const lookOf = (kind: FilterKind) => {
  switch (kind.as) {
    case 'number':
      return { inputMode: 'decimal', maxLength: 9, ...(kind.unit === 'cores' ? {} : { after: kind.unit }) } as const;
    case 'amount':
      return { inputMode: 'decimal', maxLength: 20, after: 'TFT' } as const;
    case 'text':
      return { maxLength: kind.most };
    case 'words':
      return { maxLength: 400 };
    case 'ids':
      return { maxLength: kind.isOne ? 64 : 65_000, isMono: true };
    case 'address':
      return { maxLength: 56, isMono: true };
    case 'date':
      return { type: 'date' } as const;
    default:
      return {};
  }
};

/** The control of one filter. */
export const FilterControl = ({ name, typed, onChange, note }: FilterControlProps) => {
  const { label, kind } = filterField(name);
  const read = readOf(name, typed);
  if (kind.as === 'choice') {
    return (
      <Select
        label={label}
        value={typed === '' ? any.value : typed}
        options={[any, ...kind.options]}
        onChange={(chosen) => onChange(chosen === any.value ? '' : chosen)}
        hint={note}
      />
    );
  }
  if (kind.as === 'countries') {
    return (
      <MultiSelect
        label={label}
        values={partsOf(typed)}
        options={allCountries}
        onChange={(chosen) => onChange(chosen.join(' '))}
        chosen={read.kind === 'value' ? read.words : ''}
        none="Any"
        hint={note}
      />
    );
  }
  return (
    <TextField
      label={label}
      value={typed}
      onChange={onChange}
      placeholder="Any"
      problem={read.kind === 'problem' ? read.sentence : undefined}
      {...lookOf(kind)}
      {...(note === undefined ? {} : { hint: note })}
    />
  );
};
