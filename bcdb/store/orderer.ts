/**
 * The guardian's working day: own records and those of others come through the door, and a block is cut whenever
 * something waits, is due, or has been silent for long. Has no timers: whoever runs it asks when to cut next.
 */
import type { ErrorCode } from '../../core/errors.ts';
import type { Policy } from '../../core/policy.ts';
import type { Committer } from './committer.ts';
import { hexOf } from './database.ts';
import type { Door } from './door.ts';
import { type Incoming, incomingOf, RuleDefect } from './executor.ts';
import type { Guardian } from './guardian.ts';
import { blockBytes, blockTime, nextCutMs } from './sequencer.ts';

export type OrdererOptions = {
  readonly guardian: Guardian;
  readonly committer: Committer;
  readonly door: Door;
  readonly clock: () => number;
  readonly policy: () => Policy;
  readonly nextDueMs: () => number | undefined;
  /** Own records that were refused. */
  readonly onRefused: (ids: readonly string[]) => void;
  readonly onDefect: (defect: RuleDefect) => void;
};

export class Orderer {
  readonly #options: OrdererOptions;
  /** Own records found no room at the door. */
  #isBehind = false;

  constructor(options: OrdererOptions) {
    this.#options = options;
    this.refill();
  }

  /** A peer's records: null for each that is accepted or already here, else why not. */
  admit(records: readonly Uint8Array[]): readonly (ErrorCode | null)[] {
    const answers = this.#options.door.admit(records);
    return answers.map((answer) => (answer === 'accepted' || answer === 'known' ? null : answer.code));
  }

  /** An own record that was found good. When the door is full, it comes in after the next block. */
  enqueue(incoming: Incoming): void {
    const answer = this.#options.door.enqueue(incoming);
    if (answer !== 'accepted' && answer !== 'known') this.#isBehind = true;
  }

  /** Own records that are not at the door yet: after a start, or when it was full. */
  refill(): void {
    const { committer, door, onRefused } = this.#options;
    this.#isBehind = false;
    for (const { id, author, seq, bytes } of committer.outbox.pending()) {
      if (door.holds(author, seq)) continue;
      const answer = door.enqueue({ ...incomingOf(bytes), isVerified: true });
      if (answer === 'accepted' || answer === 'known') continue;
      if (answer.code === 'record/rate-limited') {
        this.#isBehind = true;
        return;
      }
      onRefused(committer.outbox.refuse(id, answer.code));
    }
  }

  /** Milliseconds until a block has to be cut. */
  cutInMs(): number {
    const { door, committer, clock, nextDueMs } = this.#options;
    const nowMs = clock();
    const lastTimeMs = committer.chain.head?.timeMs ?? nowMs;
    return Math.max(0, nextCutMs({ waiting: door.size, lastTimeMs, dueMs: nextDueMs(), nowMs }) - nowMs);
  }

  /** Cuts a block now, with what waits at the door. A record that the rules cannot bear is thrown out instead. */
  cut(): void {
    const { guardian, committer, door, clock, policy, onRefused, onDefect } = this.#options;
    const records = door.peek(policy().limits.recordsPerBlock, blockBytes);
    const nowMs = clock();
    try {
      guardian.cut(blockTime(committer.chain.head?.timeMs ?? nowMs, nowMs), records);
    } catch (error) {
      if (!(error instanceof RuleDefect)) throw error;
      door.drop(error.record);
      onRefused(committer.outbox.refuse(hexOf(error.record), 'ipc/internal'));
      onDefect(error);
      return;
    }
    door.taken(records.length);
    if (this.#isBehind || (door.size === 0 && committer.outbox.size > 0)) this.refill();
  }
}
