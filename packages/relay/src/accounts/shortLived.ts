/**
 * Values that are handed out once, each for a short while: what waits for its time to end is forgotten, and so is
 * the oldest when there are too many. In memory only.
 */
export class ShortLived<Value> {
  /** Oldest first. */
  readonly #values = new Map<string, { readonly value: Value; readonly expiresAtMs: number }>();

  constructor(
    private readonly options: {
      readonly lifetimeMs: number;
      readonly maxCount: number;
      readonly nowMs: () => number;
    },
  ) {}

  /** `key`: random bytes. */
  put(key: Uint8Array, value: Value): void {
    const { lifetimeMs, maxCount, nowMs } = this.options;
    this.#forgetExpired();
    const [oldest] = this.#values.keys();
    if (this.#values.size >= maxCount) this.#values.delete(oldest!);
    this.#values.set(textOf(key), { value, expiresAtMs: nowMs() + lifetimeMs });
  }

  /** The value, which is gone from then on; `undefined` when there is none. */
  take(key: Uint8Array): Value | undefined {
    this.#forgetExpired();
    const found = this.#values.get(textOf(key));
    this.#values.delete(textOf(key));
    return found?.value;
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
