/** Which header an epoch must begin with, from what a quorum's moves tell: the one rule on which its safety rests. Pure. */

/** Of the locks that were told, the one of the highest epoch; null when nobody has one: nothing is obliged. */
export function obligedLock<Lock extends { readonly epoch: number }>(told: readonly (Lock | null)[]): Lock | null {
  let highest: Lock | null = null;
  for (const lock of told) if (lock !== null && (highest === null || lock.epoch > highest.epoch)) highest = lock;
  return highest;
}
