/**
 * Records on their way to a guardian's blocks: own ones and those of others come through the door and wait there until
 * they stand in a block. The same whether this guardian orders alone or shares a stream with others.
 */
import type { ErrorCode } from '../../core/errors.ts';
import type { Committer } from './committer.ts';
import { hexOf } from './database.ts';
import type { Door } from './door.ts';
import { type Executed, type Incoming, incomingOf, type RuleDefect } from './executor.ts';

export type IntakeOptions = {
  readonly committer: Committer;
  readonly door: Door;
  /** Own records that were refused. */
  readonly onRefused: (ids: readonly string[]) => void;
  readonly onDefect: (defect: RuleDefect) => void;
};

export class Intake {
  readonly #options: IntakeOptions;
  /** Own records found no room at the door. */
  #isBehind = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  get door(): Door {
    return this.#options.door;
  }

  /** A peer's records, which threads begin to verify. The answer lets them in: null for each that is here then, else why not. */
  admit(records: readonly Uint8Array[]): () => readonly (ErrorCode | null)[] {
    const answers = this.#options.door.admit(records);
    return () => answers().map((answer) => (answer === 'accepted' || answer === 'known' ? null : answer.code));
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

  /** A block is committed. */
  settled(records: readonly Executed[]): void {
    const { committer, door } = this.#options;
    door.settled(records);
    if (this.#isBehind || (door.size === 0 && committer.outbox.size > 0)) this.refill();
  }

  /** A record on which the rules break down is thrown out. */
  throwOut(defect: RuleDefect): void {
    const { committer, door, onRefused, onDefect } = this.#options;
    door.drop(defect.record);
    onRefused(committer.outbox.refuse(hexOf(defect.record), 'ipc/internal'));
    onDefect(defect);
  }
}
