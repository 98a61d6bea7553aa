interface Held<Value> {
  readonly value: Value;
  readonly expiresAtMs: number;
}

/**
 * Values that are handed out once, each for a short while: what waits for its time to end is forgotten, and so is
 * the oldest when there are too many. In memory only.
 */
export class ShortLived<Value> {
  /** Oldest first. */
  readonly #values = new Map<string, Held<Value>>();

  constructor(
    private readonly options: {
      readonly lifetimeMs: number;
      readonly maxCount: number;
      readonly nowMs: () => number;
    },
  ) {}

  /** `key`: random bytes. */
  put(key: Uint8Array, value: Value): void {
    const { lifetimeMs, nowMs } = this.options;
    this.putBack(key, { value, expiresAtMs: nowMs() + lifetimeMs });
  }

  /** What was taken and not used: its time goes on as before. */
  putBack(key: Uint8Array, held: Held<Value>): void {
    this.#forgetExpired();
    const [oldest] = this.#values.keys();
    if (this.#values.size >= this.options.maxCount) this.#values.delete(oldest!);
    this.#values.set(textOf(key), held);
  }

  /** The value, which is gone from then on; `undefined` when there is none. */
  take(key: Uint8Array): Held<Value> | undefined {
    const held = this.#values.get(textOf(key));
    this.#values.delete(textOf(key));
    return held !== undefined && held.expiresAtMs > this.options.nowMs() ? held : undefined;
  }

  /** Forgets those values at once. */
  forget(which: (value: Value) => boolean): void {
    for (const [key, { value }] of this.#values) if (which(value)) this.#values.delete(key);
  }

  get size(): number {
    return this.#values.size;
  }

  #forgetExpired(): void {
    const nowMs = this.options.nowMs();
    for (const [key, { expiresAtMs }] of this.#values) {
      if (expiresAtMs > nowMs) return;
      this.#values.delete(key);
    }
  }
}

const textOf = (key: Uint8Array): string => Buffer.from(key).toString('base64url');
