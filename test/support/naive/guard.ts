// The second model's guardians: who may change what is in force, told by hand.

import type { Bodies } from '../../../core/bodies.ts';
import { toHex } from '../../../core/bytes.ts';
import { policyChangeBytes } from '../../../core/guardian.ts';
import { verifyFast } from '../fast-keys.ts';
import { refuse } from './books.ts';
import { NaiveDeals } from './deals.ts';

/** Of n guardians: more than half of n and of those who may lie together. */
const enough: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 5 };

export class NaiveGuard extends NaiveDeals {
  protected changePolicy(grid: Uint8Array, { policy, guardians, seats, signatures }: Bodies['policy']): void {
    if (policy.version !== this.policy.version + 1) refuse('guardian/stale-policy');
    if (this.world.hasPolicy) refuse('guardian/second-policy');
    const [before, after] = [this.world.guardians, guardians.map(toHex)];
    if (after.some((key, index) => after.indexOf(key) !== index)) refuse('record/malformed');
    if (enough[after.length] === undefined) refuse('guardian/bad-count');
    const needsSeats = after.length > 1 || seats.length > 0;
    if (needsSeats && seats.length !== after.length) refuse('record/malformed');
    const message = policyChangeBytes({ grid, policy, guardians, seats });
    for (const { guardian, signature } of signatures) {
      const isKnown = before.includes(toHex(guardian)) || after.includes(toHex(guardian));
      if (!isKnown || !verifyFast(signature, message, guardian)) refuse('guardian/bad-statement');
    }
    const signed = signatures.map(({ guardian }) => toHex(guardian));
    if (before.filter((key) => signed.includes(key)).length < (enough[before.length] ?? 99)) {
      refuse('guardian/quorum-not-met');
    }
    if (after.some((key) => !before.includes(key) && !signed.includes(key))) refuse('guardian/not-consented');
    this.policy = policy;
    this.world.guardians = after;
    this.world.hasPolicy = true;
  }

  /** What is in force, in a line. */
  inForce(): string {
    return `${this.policy.version} ${this.policy.uptimeGraceMs} ${this.world.guardians.join(' ')}`;
  }
}
