// Numbers that look random and are the same in every run, so that runs can be compared. Never for keys that guard anything.

export type Random = {
  /** An integer from 0 to `below` - 1. */
  next(below: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
};

/** Mulberry32: 32 bits of state, good enough to spread load. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((((mixed ^ (mixed >>> 14)) >>> 0) * below) / 2 ** 32) | 0;
  };
  return { next, pick: (items) => items[next(items.length)] ?? items[0] };
}
