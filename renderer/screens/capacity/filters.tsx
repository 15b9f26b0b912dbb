// The filters above the capacity table. They act while one types.
import { countries } from '../../lib/country.ts';
import type { TypedFilters } from '../../lib/node-filters.ts';
import { TextField } from '../../ui/field.tsx';
import { Select } from '../../ui/select.tsx';
import styles from './capacity.module.css';

interface FiltersProps {
  readonly typed: TypedFilters;
  readonly onChange: (typed: TypedFilters) => void;
}

const places = [{ value: '', text: 'Any' }, ...countries()].map((each) =>
  each.value === '' ? { ...each, value: 'any' } : each,
);

const numbers = [
  { key: 'cru', label: 'Free cores', after: undefined },
  { key: 'mru', label: 'Free memory', after: 'GB' },
  { key: 'sru', label: 'Free SSD', after: 'GB' },
  { key: 'hru', label: 'Free disk', after: 'GB' },
] as const;

/** Free capacity at least, place, farm, state, price at most. */
export const Filters = ({ typed, onChange }: FiltersProps) => (
  <search className={styles.filters} aria-label="Filters">
    {numbers.map(({ key, label, after }) => (
      <TextField
        key={key}
        label={label}
        value={typed[key]}
        onChange={(value) => onChange({ ...typed, [key]: value })}
        inputMode="decimal"
        placeholder="Any"
        maxLength={9}
        {...(after === undefined ? {} : { after })}
      />
    ))}
    <Select
      label="Country"
      value={typed.country === '' ? 'any' : typed.country}
      options={places}
      onChange={(country) => onChange({ ...typed, country: country === 'any' ? '' : country })}
    />
    <TextField
      label="City"
      value={typed.city}
      onChange={(city) => onChange({ ...typed, city })}
      placeholder="Any"
      maxLength={60}
    />
    <TextField
      label="Farm"
      value={typed.farmName}
      onChange={(farmName) => onChange({ ...typed, farmName })}
      placeholder="Any"
      maxLength={60}
    />
    <Select
      label="State"
      value={typed.status}
      options={[
        { value: 'any', text: 'Any' },
        { value: 'up', text: 'Up' },
        { value: 'down', text: 'Down' },
      ]}
      onChange={(status) => onChange({ ...typed, status })}
    />
    <TextField
      label="CU hour at most"
      value={typed.price}
      onChange={(price) => onChange({ ...typed, price })}
      inputMode="decimal"
      placeholder="Any"
      after="TFT"
      maxLength={20}
    />
  </search>
);
