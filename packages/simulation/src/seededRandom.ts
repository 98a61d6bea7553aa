/**
 * One stream of pseudo-random numbers that a seed determines: xoshiro128** (Blackman and Vigna, 2018), its state
 * filled by splitmix32. Not cryptographic on purpose: whoever knows the seed knows every key of the simulation.
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(readonly seed: number) {
    let state = seed | 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = state ^ (state >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  /** From 0 up to 2^32 - 1. */
  uint32(): number {
    const scrambled = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return scrambled;
  }

  /** From 0 up to but not `limit` (at most 2^32). The bias is below `limit` / 2^53. */
  below(limit: number): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return Math.floor(((high * 2 ** 26 + low) / 2 ** 53) * limit);
  }

  /** From `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True in a share `probability` of all calls. */
  chance(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }

  /** One of them; `undefined` of none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  /** One key of `weights`, as often as its weight says. Some weight must be above 0. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const entries = Object.entries<number>(weights) as [Name, number][];
    const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
    let at = (this.uint32() / 2 ** 32) * total;
    for (const [name, weight] of entries) {
      at -= weight;
      if (at < 0) return name;
    }
    return entries.at(-1)![0];
  }

  bytes(lengthBytes: number): Uint8Array {
    const bytes = new Uint8Array(lengthBytes);
    for (let i = 0; i < lengthBytes; i += 4) {
      const word = this.uint32();
      for (let j = i; j < Math.min(i + 4, lengthBytes); j++) bytes[j] = word >>> ((j - i) * 8);
    }
    return bytes;
  }

  /** A stream of its own, so that what one part draws does not shift what another gets. */
  fork(name: string): SeededRandom {
    let hash = 0x811c9dc5;
    for (const character of `${this.seed}/${name}`) {
      hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
    }
    return new SeededRandom(hash);
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
