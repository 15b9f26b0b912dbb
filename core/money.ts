/** TFT amounts: bigint stroops (1 TFT = 10^7 stroops), parsed from and shown as decimal text, never as floats. Pure. */
import { AppError } from './errors.ts';

export const stroopsPerTft = 10_000_000n;

/** The most that one amount may be: what fits a signed 64-bit column. */
export const maxStroops = 2n ** 63n - 1n;

/** "12.5" -> 125000000n. Throws `money/bad-amount` for anything but up to 7 decimals, and for amounts over the limit. */
export function parseTft(text: string): bigint {
  const match = /^(\d{1,12})(?:\.(\d{1,7}))?$/.exec(text.trim());
  if (match === null) throw new AppError('money/bad-amount', 'a number with at most 7 decimals');
  const stroops = BigInt(match[1] ?? '0') * stroopsPerTft + BigInt((match[2] ?? '').padEnd(7, '0'));
  if (stroops > maxStroops) throw new AppError('money/bad-amount', 'more than can exist');
  return stroops;
}

/** 125000000n -> "12.5"; trailing zeros trimmed unless `exact`. */
export function formatTft(stroops: bigint, exact = false): string {
  const size = stroops < 0n ? -stroops : stroops;
  const decimals = (size % stroopsPerTft).toString().padStart(7, '0');
  const shown = exact ? decimals : decimals.replace(/0+$/, '');
  return `${stroops < 0n ? '-' : ''}${size / stroopsPerTft}${shown === '' ? '' : `.${shown}`}`;
}
