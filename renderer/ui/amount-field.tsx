// A field for TFT: the typed text stays as typed, the value is a bigint of stroops. No float touches it.
import { useState } from 'react';
import { formatAmount, parseAmount } from '../lib/amount.ts';
import { type FieldProps, TextField } from './field.tsx';

interface AmountFieldProps extends Omit<FieldProps, 'value' | 'onChange'> {
  readonly stroops: bigint | null;
  readonly onChange: (stroops: bigint | null) => void;
}

const shown = (stroops: bigint | null): string => (stroops === null ? '' : formatAmount(stroops));

/** Seven decimals at most; what is not an amount yet gives null and a sentence. */
export const AmountField = ({ stroops, onChange, problem, ...field }: AmountFieldProps) => {
  const [typed, setTyped] = useState(() => shown(stroops));
  const read = parseAmount(typed);
  const isFromOutside = (read.kind === 'amount' ? read.stroops : null) !== stroops && read.kind !== 'problem';
  const text = isFromOutside ? shown(stroops) : typed;
  const change = (next: string): void => {
    setTyped(next);
    const value = parseAmount(next);
    onChange(value.kind === 'amount' ? value.stroops : null);
  };
  const ownProblem = read.kind === 'problem' && !isFromOutside ? read.sentence : undefined;
  return (
    <TextField
      {...field}
      value={text}
      onChange={change}
      inputMode="decimal"
      after="TFT"
      problem={ownProblem ?? problem}
      maxLength={32}
    />
  );
};
