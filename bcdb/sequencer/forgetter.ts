/**
 * When a stream may forget: below what this guardian needs, and with a margin for the others, who may be slower: the last
 * many messages stay, and whatever was not there long enough. Measured by this process's own time: clocks may jump.
 */

export type Forgetter = {
  /** The stream reaches up to `last` now. */
  note(last: number): void;
  /** Purges what may go, once in a while. */
  forget(position: number, last: number): Promise<void>;
};

const mostMarks = 128;

export function createForgetter(options: {
  readonly keptMessages: number;
  readonly keptMs: number;
  /** Between two purges, and between two marks of how far the stream was. */
  readonly everyMs: number;
  /** Milliseconds that never go back. */
  readonly elapsedMs: () => number;
  readonly purge: (below: number) => Promise<void>;
}): Forgetter {
  const { keptMessages, keptMs, everyMs, elapsedMs, purge } = options;
  const marks: { readonly atMs: number; readonly last: number }[] = [];
  let purgedMs = Number.NEGATIVE_INFINITY;
  let purged = 0;

  return {
    note(last) {
      const atMs = elapsedMs();
      if (atMs - (marks.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) < everyMs) return;
      marks.push({ atMs, last });
      if (marks.length > mostMarks) marks.shift();
    },
    async forget(position, last) {
      const nowMs = elapsedMs();
      if (nowMs - purgedMs < everyMs) return;
      const old = marks.findLast(({ atMs }) => nowMs - atMs >= keptMs);
      if (old === undefined) return;
      const below = Math.min(position, old.last + 1, last - keptMessages + 1);
      if (below <= Math.max(purged, 1)) return;
      purgedMs = nowMs;
      purged = below;
      await purge(below);
    },
  };
}
