// Medians, percentiles and spreads of a few measurements. Pure.

const ascending = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

/** The value that `percent` of all are at or below (nearest rank). Throws for no values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = ascending(values);
  const at = Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1);
  const found = sorted[at];
  if (found === undefined) throw new Error('no values');
  return found;
}

/** The middle one; for an even count the mean of the two in the middle. Throws for no values. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new Error('no values');
  return (upper + lower) / 2;
}

/** Median with the lowest and the highest, as a figure carries them. */
export const middleOf = (
  values: readonly number[],
): { readonly value: number; readonly spread: { readonly low: number; readonly high: number } } => ({
  value: median(values),
  spread: { low: Math.min(...values), high: Math.max(...values) },
});
