/**
 * Token buckets, one per peer: how much a peer may ask for before it has to wait. Pure; the clock comes in as an argument.
 * Must not grow with the number of strangers: the oldest buckets are forgotten.
 */

export type RateLimit = { readonly perSecond: number; readonly burst: number };

export type Verdict =
  | 'pass'
  | 'wait' // over the limit: refuse this one
  | 'abuse'; // went on asking while refused, by another whole burst: end the connection

const maxBuckets = 1024;

/** Returns `spend(key, cost, nowMs)`. What is refused costs as well, so that asking on never pays. */
export function createRateLimiter(limit: RateLimit) {
  const buckets = new Map<string, { tokens: number; at: number }>();

  return function spend(key: string, cost: number, nowMs: number): Verdict {
    const old = buckets.get(key) ?? { tokens: limit.burst, at: nowMs };
    const refilled = Math.min(limit.burst, old.tokens + (Math.max(0, nowMs - old.at) * limit.perSecond) / 1000);
    const tokens = Math.max(-limit.burst, refilled - cost);
    buckets.delete(key);
    buckets.set(key, { tokens, at: nowMs });
    const oldest = buckets.keys().next();
    if (buckets.size > maxBuckets && oldest.done !== true) buckets.delete(oldest.value);
    if (tokens >= 0) return 'pass';
    return tokens > -limit.burst ? 'wait' : 'abuse';
  };
}
