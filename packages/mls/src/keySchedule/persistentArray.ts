const BITS = 5;
const WIDTH = 1 << BITS;

type Branch = readonly unknown[];
const EMPTY_BRANCH: Branch = new Array<undefined>(WIDTH).fill(undefined);

/**
 * A sparse array that is never changed: setting a place gives a new array that shares all but a few small blocks
 * with the old one, whatever its size.
 */
export class PersistentArray<T> {
  readonly #levels: number;
  readonly #root: Branch;

  private constructor(levels: number, root: Branch) {
    this.#levels = levels;
    this.#root = root;
  }

  /** An array with room for places 0 to `size - 1`, all empty. */
  static empty<T>(size: number): PersistentArray<T> {
    let levels = 1;
    while (WIDTH ** levels < size) levels++;
    return new PersistentArray<T>(levels, EMPTY_BRANCH);
  }

  get(index: number): T | undefined {
    let branch: Branch | undefined = this.#root;
    for (let level = this.#levels - 1; level > 0; level--) {
      branch = branch[(index >>> (level * BITS)) & (WIDTH - 1)] as Branch | undefined;
      if (branch === undefined) return undefined;
    }
    return branch[index & (WIDTH - 1)] as T | undefined;
  }

  /** The array with that place changed; `undefined` empties it. */
  with(index: number, value: T | undefined): PersistentArray<T> {
    return new PersistentArray(this.#levels, replaced(this.#root, this.#levels - 1, index, value));
  }

  /** The places that hold something, in order. */
  *entries(): Generator<readonly [index: number, value: T]> {
    yield* entriesOf<T>(this.#root, this.#levels - 1, 0);
  }
}

function replaced(branch: Branch, level: number, index: number, value: unknown): Branch {
  const slot = (index >>> (level * BITS)) & (WIDTH - 1);
  const copy = branch.slice();
  copy[slot] =
    level === 0
      ? value
      : replaced((branch[slot] as Branch | undefined) ?? EMPTY_BRANCH, level - 1, index, value);
  return copy;
}

function* entriesOf<T>(branch: Branch, level: number, base: number): Generator<readonly [number, T]> {
  for (const [slot, item] of branch.entries()) {
    if (item === undefined) continue;
    const index = base + slot * WIDTH ** level;
    if (level === 0) yield [index, item as T];
    else yield* entriesOf<T>(item as Branch, level - 1, index);
  }
}
