// Time for simulations: events in the order of a clock that only runs when told to, and chance that is the same for the same seed.

export type Chance = {
  /** In [0, 1). */
  next(): number;
  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
};

/** Mulberry32: small, fast, good enough for schedules. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    integer,
    pick<T>(from: readonly T[]): T {
      const one = from[integer(0, from.length - 1)];
      if (one === undefined) throw new Error('nothing to pick from');
      return one;
    },
  };
}

type Event = { readonly atMs: number; readonly order: number; readonly work: () => void; isCancelled: boolean };

/** Everything that was set off comes to its end: promises in this process need no time. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Schedule {
  #nowMs = 0;
  #order = 0;
  readonly #events: Event[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, work: () => void): () => void {
    const event: Event = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order++, work, isCancelled: false };
    let at = this.#events.length;
    while (at > 0 && (this.#events[at - 1]?.atMs ?? 0) > event.atMs) at -= 1;
    this.#events.splice(at, 0, event);
    return () => {
      event.isCancelled = true;
    };
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Runs until `isDone`, at most `mostMs`. Answers whether it is done. */
  async run(mostMs: number, isDone: () => boolean = () => false): Promise<boolean> {
    const endMs = this.#nowMs + mostMs;
    await settle();
    while (!isDone()) {
      const event = this.#events[0];
      if (event === undefined || event.atMs > endMs) {
        this.#nowMs = endMs;
        return isDone();
      }
      this.#events.shift();
      if (event.isCancelled) continue;
      this.#nowMs = event.atMs;
      event.work();
      await settle();
    }
    return true;
  }
}
