interface Keyed {
  readonly key: string;
}

/**
 * The heights of the rows of a log, measured where a row has been on screen and estimated where not.
 * Distances are counted from the end of the log, as the log scrolls (MessageLog.tsx): what is above,
 * and mostly unmeasured, then never moves what is in view.
 *
 * A Fenwick tree over the heights, newest row first: a measurement and a look-up take log(rows) steps,
 * a new list of rows takes one pass.
 */
export class RowHeights {
  readonly #measured = new Map<string, number>();
  #measuredSumPx = 0;
  #rows: readonly Keyed[] = [];
  /** Height of each row as the tree has it, by index. */
  #heights = new Float64Array(0);
  #tree = new Float64Array(1);
  /** The greatest power of two that is not above the number of rows. */
  #topStep = 0;
  #indexOf = new Map<string, number>();

  /** @param estimatePx the height of a row as long as hardly any has been measured */
  constructor(readonly estimatePx: number) {}

  /** Takes the rows as they are now, oldest first; what was measured is kept by key. */
  setRows(rows: readonly Keyed[]): void {
    if (rows === this.#rows) return;
    this.#rows = rows;
    const count = rows.length;
    const expected = this.#measured.size < 8 ? this.estimatePx : this.#measuredSumPx / this.#measured.size;
    this.#heights = new Float64Array(count);
    this.#tree = new Float64Array(count + 1);
    this.#indexOf = new Map();
    for (let i = 0; i < count; i++) {
      const key = rows[i]!.key;
      this.#indexOf.set(key, i);
      this.#heights[i] = this.#measured.get(key) ?? expected;
    }
    for (let node = 1; node <= count; node++) {
      this.#tree[node]! += this.#heights[count - node]!;
      const parent = node + (node & -node);
      if (parent <= count) this.#tree[parent]! += this.#tree[node]!;
    }
    this.#topStep = count === 0 ? 0 : 2 ** Math.floor(Math.log2(count));
  }

  /** Notes what a row measured. Returns whether that is news. */
  measure(key: string, heightPx: number): boolean {
    const known = this.#measured.get(key);
    if (known !== undefined && Math.abs(known - heightPx) < 0.5) return false;
    this.#measured.set(key, heightPx);
    this.#measuredSumPx += heightPx - (known ?? 0);
    const index = this.#indexOf.get(key);
    if (index === undefined) return false;
    const change = heightPx - this.#heights[index]!;
    this.#heights[index] = heightPx;
    const count = this.#rows.length;
    for (let node = count - index; node <= count; node += node & -node) this.#tree[node]! += change;
    return Math.abs(change) >= 0.5;
  }

  get totalPx(): number {
    return this.#newest(this.#rows.length);
  }

  indexOf(key: string): number | undefined {
    return this.#indexOf.get(key);
  }

  /** From the end of the log to the lower edge of a row. */
  lowerEdge(index: number): number {
    return this.#newest(this.#rows.length - 1 - index);
  }

  /** From the end of the log to the upper edge of a row. */
  upperEdge(index: number): number {
    return this.#newest(this.#rows.length - index);
  }

  /** The rows that touch the band between two distances from the end: `[first, last)`. */
  rowsBetween(nearPx: number, farPx: number): { readonly first: number; readonly last: number } {
    return { first: this.#rowAt(farPx), last: Math.min(this.#rows.length, this.#rowAt(nearPx) + 1) };
  }

  /** How high the `count` newest rows are together. */
  #newest(count: number): number {
    let sum = 0;
    for (let node = count; node > 0; node -= node & -node) sum += this.#tree[node]!;
    return sum;
  }

  /** The row that covers a distance from the end; the first or last row beyond the ends. */
  #rowAt(distancePx: number): number {
    const count = this.#rows.length;
    let passed = 0;
    let left = distancePx;
    for (let step = this.#topStep; step >= 1; step /= 2) {
      const node = passed + step;
      if (node > count || this.#tree[node]! > left) continue;
      passed = node;
      left -= this.#tree[node]!;
    }
    return Math.max(0, count - 1 - passed);
  }
}
