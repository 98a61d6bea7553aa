/** How often something may happen: `burst` at once, and `perSecond` from then on. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

interface Bucket {
  readonly thousandths: number;
  readonly filledAtMs: number;
}

/** Keys that are remembered; beyond it the one that was used longest ago is forgotten. */
const MAX_KEYS = 10_000;

/** Token buckets, one for each key. */
export class TokenBuckets<Key> {
  /** Used longest ago first. */
  readonly #buckets = new Map<Key, Bucket>();

  constructor(
    private readonly rate: Rate,
    private readonly nowMs: () => number,
  ) {}

  /** Takes `cost` tokens and gives 0, or takes none and gives how many milliseconds until they will be there. */
  take(key: Key, cost = 1): number {
    const thousandths = this.#fill(key);
    // A bucket never holds more than its burst: what costs more is let through when it is full.
    const needed = Math.min(cost, this.rate.burst) * 1_000;
    const enough = thousandths >= needed;
    this.#put(key, enough ? thousandths - needed : thousandths);
    return enough ? 0 : Math.ceil((needed - thousandths) / this.rate.perSecond);
  }

  get size(): number {
    return this.#buckets.size;
  }

  #fill(key: Key): number {
    const full = this.rate.burst * 1_000;
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return full;
    // A clock that was set back gives nothing and takes nothing.
    const elapsedMs = Math.max(0, this.nowMs() - bucket.filledAtMs);
    return Math.min(full, bucket.thousandths + elapsedMs * this.rate.perSecond);
  }

  #put(key: Key, thousandths: number): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, { thousandths, filledAtMs: this.nowMs() });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_KEYS) this.#buckets.delete(oldest!);
  }
}
