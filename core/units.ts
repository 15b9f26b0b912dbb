/**
 * Capacity and cloud units as the field defines them, and what they cost. Integers only: thousandths of a
 * core and of a unit, bytes, stroops. Pure.
 */

/** What a node has or a workload asks for. */
export type Capacity = {
  /** CRU: logical cores, in thousandths. */
  readonly cruMilli: number;
  /** MRU: memory in bytes. */
  readonly mruBytes: number;
  /** SRU: solid-state storage in bytes. */
  readonly sruBytes: number;
  /** HRU: hard-disk storage in bytes. */
  readonly hruBytes: number;
};

export const noCapacity: Capacity = { cruMilli: 0, mruBytes: 0, sruBytes: 0, hruBytes: 0 };

/** The capacity units count in GB of 2^30 bytes. */
export const bytesPerGb = 2 ** 30;

/** Every field of `a` plus (or minus, by `sign`) that of `b`. */
export function addCapacity(a: Capacity, b: Capacity, sign: 1 | -1 = 1): Capacity {
  return {
    cruMilli: a.cruMilli + sign * b.cruMilli,
    mruBytes: a.mruBytes + sign * b.mruBytes,
    sruBytes: a.sruBytes + sign * b.sruBytes,
    hruBytes: a.hruBytes + sign * b.hruBytes,
  };
}

/** True when all of `wanted` fits into `free`. */
export function fitsCapacity(wanted: Capacity, free: Capacity): boolean {
  return (
    wanted.cruMilli <= free.cruMilli &&
    wanted.mruBytes <= free.mruBytes &&
    wanted.sruBytes <= free.sruBytes &&
    wanted.hruBytes <= free.hruBytes
  );
}

const min = (...values: readonly bigint[]): bigint => values.reduce((a, b) => (a < b ? a : b));
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const gbMilli = (bytes: number): bigint => (BigInt(bytes) * 1000n) / BigInt(bytesPerGb);

/** CU in thousandths: `min(max(MRU/4, CRU/2), max(MRU/8, CRU), max(MRU/2, CRU/4))`, rounded down. */
export function computeUnitsMilli(capacity: Capacity): bigint {
  const mru = gbMilli(capacity.mruBytes);
  const cru = BigInt(capacity.cruMilli);
  return min(max(mru / 4n, cru / 2n), max(mru / 8n, cru), max(mru / 2n, cru / 4n));
}

/** SU in thousandths: `HRU/1200 + SRU/200`, rounded down once at the end. */
export function storageUnitsMilli(capacity: Capacity): bigint {
  return (gbMilli(capacity.hruBytes) + 6n * gbMilli(capacity.sruBytes)) / 1200n;
}

/** What a farmer asks, in stroops per unit and hour. */
export type Prices = { readonly cuHourStroops: bigint; readonly suHourStroops: bigint };

/** The asking price in stroops for a capacity over a term in seconds, rounded up so that a farmer never gets less. */
export function askingPrice(capacity: Capacity, prices: Prices, termSeconds: number): bigint {
  const perHourMilli =
    computeUnitsMilli(capacity) * prices.cuHourStroops + storageUnitsMilli(capacity) * prices.suHourStroops;
  const divisor = 1000n * 3600n;
  return (perHourMilli * BigInt(termSeconds) + divisor - 1n) / divisor;
}
