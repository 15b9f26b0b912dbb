// Says regularly that the node is up: a third of the grid's grace, so that two may get lost. Nothing piles up while offline.
import type { Replica } from '../../bcdb/replica-api.ts';
import { toErrorData } from '../../core/errors.ts';
import { addCapacity, type Capacity, noCapacity } from '../../core/units.ts';
import type { Author } from './author.ts';

/** What the beat needs. `used` is what runs now; `nowMs` is a clock that never goes back. */
export interface UptimeParts {
  readonly replica: Pick<Replica, 'query'>;
  readonly author: Author;
  /** The node: its id, and its address as an author. */
  readonly node: { readonly id: string; readonly address: string };
  readonly used: () => Capacity;
  readonly nowMs: () => number;
  readonly log: (line: string) => void;
}

/** Milliseconds between two beats. */
export const beatMs = (uptimeGraceMs: number): number =>
  Math.max(500, Math.min(Math.floor(uptimeGraceMs / 3), 5 * 60_000));

/** Starts the beat, silent until the node stands in the records; then the first record goes out at once. Returns a function that ends it. */
export function startUptime(parts: UptimeParts): () => void {
  const startedMs = parts.nowMs();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const beat = async (): Promise<void> => {
    let pauseMs = beatMs(0);
    try {
      pauseMs = beatMs((await parts.replica.query('policy', null)).uptimeGraceMs);
      const node = await parts.replica.query('node', { id: parts.node.id });
      const outbox = await parts.replica.query('outbox', { author: parts.node.address, limit: 20 });
      const isWaiting = node === null || outbox.some(({ kind, state }) => kind === 'uptime' && state === 'pending');
      if (node === null) pauseMs = beatMs(0);
      const sessionMs = Math.floor(parts.nowMs() - startedMs);
      if (!isWaiting && !isOver) await parts.author('uptime', { sessionMs, used: parts.used() });
    } catch (error) {
      parts.log(`uptime: ${toErrorData(error).code} ${toErrorData(error).detail}`);
    }
    if (!isOver) timer = setTimeout(() => void beat(), pauseMs);
  };
  void beat();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** Sum of several capacities. */
export const sumCapacity = (all: readonly Capacity[]): Capacity =>
  all.reduce((sum, each) => addCapacity(sum, each), noCapacity);
