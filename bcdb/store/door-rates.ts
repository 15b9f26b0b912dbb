/**
 * How many records an author may bring to a door: token buckets by the door's own clock. Authors who have no record in
 * the history yet share one bucket, so that it does not pay to come with many keys; memory does not grow with them.
 */

/** `burst` records at once, and `perSecond` after that. */
export type Rate = { readonly burst: number; readonly perSecond: number };

export type DoorRateLimits = { readonly author: Rate; readonly newcomers: Rate };

export const doorRates: DoorRateLimits = {
  author: { burst: 5000, perSecond: 1000 },
  newcomers: { burst: 10_000, perSecond: 2000 },
};

type Bucket = { tokens: number; atMs: number };

/** Authors whose rate is watched; the one that was silent longest is forgotten. */
const mostBuckets = 10_000;

export class DoorRates {
  readonly #limits: DoorRateLimits;
  readonly #newcomers: Bucket;
  readonly #authors = new Map<string, Bucket>();

  constructor(limits: DoorRateLimits) {
    this.#limits = limits;
    this.#newcomers = { tokens: limits.newcomers.burst, atMs: 0 };
  }

  /** Takes one token of an author's bucket, and of the newcomers' for one of them; false when there is none. */
  spend(author: string, isNewcomer: boolean, nowMs: number): boolean {
    const { author: rate, newcomers } = this.#limits;
    const own = this.#authors.get(author) ?? { tokens: rate.burst, atMs: nowMs };
    refill(own, rate, nowMs);
    if (isNewcomer) refill(this.#newcomers, newcomers, nowMs);
    if (own.tokens < 1 || (isNewcomer && this.#newcomers.tokens < 1)) return false;
    own.tokens -= 1;
    if (isNewcomer) this.#newcomers.tokens -= 1;
    this.#keep(author, own);
    return true;
  }

  #keep(author: string, bucket: Bucket): void {
    this.#authors.delete(author);
    this.#authors.set(author, bucket);
    if (this.#authors.size <= mostBuckets) return;
    const [oldest] = this.#authors.keys();
    if (oldest !== undefined) this.#authors.delete(oldest);
  }
}

/** A clock that was set back adds nothing, and takes nothing. */
function refill(bucket: Bucket, { burst, perSecond }: Rate, nowMs: number): void {
  const passedMs = Math.max(0, nowMs - bucket.atMs);
  bucket.tokens = Math.min(burst, bucket.tokens + (passedMs * perSecond) / 1000);
  bucket.atMs = nowMs;
}
