/** What a store says of its own head, and what it makes of the heads that others tell of. Never throws a lie away: the caller keeps it. */
import { AppError } from '../../core/errors.ts';
import type { CertifiedHead } from '../../core/proofs-history.ts';
import type { ToldVerdict } from '../replica-api.ts';
import type { Chain } from './chain.ts';
import type { ExecutorParts } from './executor.ts';
import type { GuardianKey } from './guardian.ts';
import { claimBytes, encodeHeadAnswer, judgeHeadAnswer, type ToldHead } from './head-claim.ts';
import type { Duty, HeadTeller, NamedGuardian } from './store-options.ts';
import type { ToldHeads } from './told-heads.ts';

export type HeadDeskParts = Pick<ExecutorParts, 'grid' | 'verify' | 'state'> & {
  readonly chain: Chain;
  readonly told: ToldHeads;
  readonly self: GuardianKey | undefined;
  readonly role: () => Duty['role'];
};

export class HeadDesk {
  readonly #parts: HeadDeskParts;

  constructor(parts: HeadDeskParts) {
    this.#parts = parts;
  }

  /** Answers a peer's question for our head. `isAll`: a guardian may claim that this is all it has. */
  answer(nonce: Uint8Array, { net, feed }: HeadTeller, isAll = true): Uint8Array {
    const { chain, self, role } = this.#parts;
    const block = chain.head === undefined ? undefined : chain.stored(chain.head.height);
    if (block === undefined) throw new AppError('replica/not-executed-yet', 'no block yet', { retry: true });
    if (self === undefined || role() === 'none') return encodeHeadAnswer(block, feed, null);
    // Among several nobody has all there is: blocks come to it from the others.
    const isWhole = isAll && role() === 'alone';
    const signature = self.sign(claimBytes({ header: block.headerBytes, nonce, net, isAll: isWhole }));
    return encodeHeadAnswer(block, feed, { guardian: self.key, isAll: isWhole, signature });
  }

  /** What a peer's answer says. Throws what it proves to be wrong: see `judgeHeadAnswer`. */
  judgeAnswer(answer: Uint8Array, nonce: Uint8Array, askedAt: number, net: Uint8Array): ToldHead {
    const { grid, verify, chain } = this.#parts;
    return judgeHeadAnswer(answer, {
      grid,
      verify,
      nonce,
      net,
      askedAt,
      guardians: this.guardians().map(({ key }) => key),
      stored: (height) => chain.stored(height),
      judge: (head) => this.judge(head),
    });
  }

  /** A head that a 3bot told of, in a packet: see `ToldHeads.judge`. */
  judge(head: CertifiedHead): ToldVerdict {
    return this.#parts.told.judge(head);
  }

  /** The guardians in force, in their order, with their names where they have places; none before the genesis is here. */
  guardians(): readonly NamedGuardian[] {
    const { guardians = [], seats } = this.#parts.state.get('policy', 'grid') ?? {};
    return guardians.map((key, index) => ({ key, name: seats?.[index]?.name ?? null }));
  }
}
