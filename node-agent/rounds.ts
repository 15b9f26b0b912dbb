// When to look again: soon after something changed, at latest after a while, never twice at once.

export interface Rounds {
  /** Asks for a round in `afterMs` at the latest; many calls make one round. */
  wake(afterMs: number): void;
  /** No round starts any more; resolves when the last one ended. */
  stop(): Promise<void>;
}

/** Runs `round` when woken, and `idleMs` after the last one. A round that throws is `onError`'s, and the next one still comes. */
export function createRounds(round: () => Promise<void>, idleMs: number, onError: (error: unknown) => void): Rounds {
  let timer: NodeJS.Timeout | undefined;
  let dueMs = Number.POSITIVE_INFINITY;
  let current: Promise<void> | undefined;
  let isOver = false;

  const schedule = (afterMs: number): void => {
    const wantedMs = performance.now() + Math.max(0, afterMs);
    if (isOver || wantedMs >= dueMs) return;
    dueMs = wantedMs;
    clearTimeout(timer);
    if (current === undefined) timer = setTimeout(run, Math.max(0, afterMs));
  };

  const run = (): void => {
    dueMs = Number.POSITIVE_INFINITY;
    current = round()
      .catch(onError)
      .then(() => {
        current = undefined;
        // What was asked for meanwhile, else the idle look.
        const afterMs = Math.min(idleMs, dueMs - performance.now());
        dueMs = Number.POSITIVE_INFINITY;
        schedule(afterMs);
      });
  };

  return {
    wake: schedule,
    stop: async () => {
      isOver = true;
      clearTimeout(timer);
      await current;
    },
  };
}
