// Takes times. Knows nothing of what it measures.

/** Milliseconds that `work` takes. */
export function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** Milliseconds until `work` is done. */
export async function timedAsync(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Adds up how long several pieces of work took. */
export class Stopwatch {
  ms = 0;

  run<T>(work: () => T): T {
    const start = performance.now();
    try {
      return work();
    } finally {
      this.ms += performance.now() - start;
    }
  }

  /** How many of `count` things a second. */
  perSecond(count: number): number {
    return (count * 1000) / this.ms;
  }
}
