/** How often something may happen: `burst` at once, and `perSecond` from then on. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Keys that are remembered before those with full buckets are dropped. */
const MAX_KEYS = 10_000;

/** Token buckets, one for each key. */
export class TokenBuckets<Key> {
  readonly #buckets = new Map<Key, Bucket>();

  constructor(
    private readonly rate: Rate,
    private readonly nowMs: () => number,
  ) {}

  /** Takes `cost` tokens and gives 0, or takes none and gives how long to wait until they will be there. */
  take(key: Key, cost = 1): number {
    const bucket = this.#filled(key);
    if (bucket.tokens < cost) {
      return Math.ceil(((Math.min(cost, this.rate.burst) - bucket.tokens) / this.rate.perSecond) * 1_000);
    }
    bucket.tokens -= cost;
    return 0;
  }

  get size(): number {
    return this.#buckets.size;
  }

  #filled(key: Key): Bucket {
    const nowMs = this.nowMs();
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= MAX_KEYS) this.#dropFull(nowMs);
      bucket = { tokens: this.rate.burst, filledAtMs: nowMs };
      this.#buckets.set(key, bucket);
    }
    bucket.tokens = this.#tokensAt(bucket, nowMs);
    bucket.filledAtMs = nowMs;
    return bucket;
  }

  #tokensAt({ tokens, filledAtMs }: Bucket, nowMs: number): number {
    // A clock that was set back gives nothing and takes nothing.
    const elapsedMs = Math.max(0, nowMs - filledAtMs);
    return Math.min(this.rate.burst, tokens + (elapsedMs / 1_000) * this.rate.perSecond);
  }

  #dropFull(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) {
      if (this.#tokensAt(bucket, nowMs) >= this.rate.burst) this.#buckets.delete(key);
    }
    // All of them in use: an attacker with many addresses must not take the memory; the oldest goes.
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= MAX_KEYS && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
