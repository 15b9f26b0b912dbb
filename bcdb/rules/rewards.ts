/** What a farmer is rewarded for capacity that was up. Nobody types an amount: policy, capacity and uptime decide. Pure. */
import { stroopsPerTft } from '../../core/money.ts';
import { monthMs, type Policy } from '../../core/policy.ts';
import { type Capacity, computeUnitsMilli, storageUnitsMilli } from '../../core/units.ts';

/**
 * Stroops for one whole period: units (thousandths) x reward (micro-USD a month) x period / month / price of a TFT,
 * rounded down once at the end.
 */
export function rewardOf(capacity: Capacity, rewards: Policy['rewards']): bigint {
  const monthly =
    computeUnitsMilli(capacity) * rewards.cuMonthMicroUsd + storageUnitsMilli(capacity) * rewards.suMonthMicroUsd;
  const divisor = 1000n * BigInt(monthMs) * rewards.tftMicroUsd;
  return (monthly * BigInt(rewards.periodMs) * stroopsPerTft) / divisor;
}

/** True when a node was up long enough in a period. A period without any time up is never rewarded. */
export const isRewarded = (upMs: number, rewards: Policy['rewards']): boolean =>
  upMs > 0 && BigInt(upMs) * 1000n >= BigInt(rewards.periodMs) * BigInt(rewards.minUptimePermille);
