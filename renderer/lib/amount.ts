// TFT amounts as people read and type them. Money is a bigint of stroops (1 TFT = 10^7) and never a float here.

import { maxStroops, stroopsPerTft } from '../../core/money.ts';

const DECIMALS = 7;

const grouped = (whole: bigint): string => whole.toString().replace(/\B(?=(\d{3})+$)/g, ',');

const parts = (stroops: bigint): readonly [sign: string, whole: string, fraction: string] => {
  const absolute = stroops < 0n ? -stroops : stroops;
  return [
    stroops < 0n ? '−' : '',
    grouped(absolute / stroopsPerTft),
    (absolute % stroopsPerTft).toString().padStart(DECIMALS, '0'),
  ];
};

/** "1,234.5": exact, trailing zeros trimmed, without the unit. */
export const formatAmount = (stroops: bigint): string => {
  const [sign, whole, fraction] = parts(stroops);
  const trimmed = fraction.replace(/0+$/, '');
  return `${sign}${whole}${trimmed === '' ? '' : `.${trimmed}`}`;
};

/** "1,234.5000000 TFT": all seven decimals, with the unit. */
export const formatExactAmount = (stroops: bigint): string => {
  const [sign, whole, fraction] = parts(stroops);
  return `${sign}${whole}.${fraction} TFT`;
};

/** What a typed amount turned out to be; a problem is a sentence for the field. */
export type TypedAmount =
  | { readonly kind: 'empty' }
  | { readonly kind: 'amount'; readonly stroops: bigint }
  | { readonly kind: 'problem'; readonly sentence: string };

/** Reads "1,234.5" or "12.5 TFT" into stroops. Refuses signs, exponents and more than seven decimals; never rounds. */
export const parseAmount = (typed: string): TypedAmount => {
  const text = typed.trim().replace(/\s*TFT$/i, '');
  if (text === '') return { kind: 'empty' };
  const match = /^(\d{1,3}(?:,\d{3})+|\d+)?(?:\.(\d*))?$/.exec(text);
  const whole = match?.[1]?.replaceAll(',', '') ?? '';
  const fraction = match?.[2] ?? '';
  if (match === null || (whole === '' && fraction === '')) {
    return { kind: 'problem', sentence: 'Write an amount such as 12.5' };
  }
  if (fraction.length > DECIMALS) return { kind: 'problem', sentence: 'TFT has seven decimals at most' };
  const stroops = BigInt(whole || '0') * stroopsPerTft + BigInt(fraction.padEnd(DECIMALS, '0'));
  if (stroops > maxStroops) return { kind: 'problem', sentence: 'More than any grid can hold' };
  return { kind: 'amount', stroops };
};
