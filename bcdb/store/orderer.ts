/**
 * The working day of a guardian that is alone: a block is cut whenever something waits, is due, or has been silent for
 * long. Has no timers: whoever runs it asks when to cut next.
 */
import type { Policy } from '../../core/policy.ts';
import type { Committer } from './committer.ts';
import { RuleDefect } from './executor.ts';
import type { LoneGuardian } from './guardian.ts';
import type { Intake } from './intake.ts';
import { blockBytes, blockTime, nextCutMs } from './sequencer.ts';

export type OrdererOptions = {
  readonly guardian: LoneGuardian;
  readonly committer: Committer;
  readonly intake: Intake;
  readonly clock: () => number;
  readonly policy: () => Policy;
  readonly nextDueMs: () => number | undefined;
};

export class Orderer {
  readonly #options: OrdererOptions;

  constructor(options: OrdererOptions) {
    this.#options = options;
  }

  /** Milliseconds until a block has to be cut. */
  cutInMs(): number {
    const { intake, committer, clock, nextDueMs } = this.#options;
    const nowMs = clock();
    const lastTimeMs = committer.chain.head?.timeMs ?? nowMs;
    return Math.max(0, nextCutMs({ waiting: intake.door.size, lastTimeMs, dueMs: nextDueMs(), nowMs }) - nowMs);
  }

  /** Cuts a block now, with what waits at the door. A record that the rules cannot bear is thrown out instead. */
  cut(): void {
    const { guardian, committer, intake, clock, policy } = this.#options;
    const records = intake.door.peek(policy().limits.recordsPerBlock, blockBytes);
    const nowMs = clock();
    try {
      guardian.cut(blockTime(committer.chain.head?.timeMs ?? nowMs, nowMs), records);
    } catch (error) {
      if (!(error instanceof RuleDefect)) throw error;
      intake.throwOut(error);
    }
  }
}
