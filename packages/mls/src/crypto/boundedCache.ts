/**
 * A map that forgets what was not asked for lately: two generations, the older dropped whole when the younger is full.
 * Reading and writing stay O(1) with no list to relink, which matters on the path of every message.
 */
export class BoundedCache<Value> {
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  /** @param generationSize entries per generation: at least so many recent ones are kept, at most twice as many */
  constructor(private readonly generationSize: number) {}

  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: Value): void {
    if (this.#young.size >= this.generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  /** Entries held now. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
