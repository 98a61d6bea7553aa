import { grown } from './grown.ts';

const HAS_ATTACHMENT = 1;
const GONE = 2;

/** What a table begins with: it takes the arrays over. */
export interface MessageColumns {
  readonly orders: Float64Array;
  readonly timesMs: Float64Array;
  readonly authors: Int32Array;
  /** 1 where a message has an attachment, else 0. */
  readonly attachments: Uint8Array;
  /** One more than there are messages. */
  readonly starts: Uint32Array;
  readonly terms: Int32Array;
}

/** Messages as columns: numbers only, however many there are. Rows are never moved; what is taken out is marked. */
export class MessageTable {
  orders: Float64Array;
  timesMs: Float64Array;
  authors: Int32Array;
  #flags: Uint8Array;
  /** Row `i` has the vocabulary numbers `terms[starts[i]]` up to `terms[starts[i + 1] - 1]`. */
  starts: Uint32Array;
  terms: Int32Array;
  #length = 0;
  /** Terms of rows that are gone. */
  wastedTerms = 0;
  /** No message was sent later. */
  newestMs = Number.NEGATIVE_INFINITY;

  constructor(columns: MessageColumns) {
    this.orders = columns.orders;
    this.timesMs = columns.timesMs;
    this.authors = columns.authors;
    this.#flags = columns.attachments;
    this.starts = columns.starts;
    this.terms = columns.terms;
    this.#length = columns.orders.length;
    for (const timeMs of columns.timesMs) this.newestMs = Math.max(this.newestMs, timeMs);
  }

  static empty(): MessageTable {
    return new MessageTable({
      orders: new Float64Array(0),
      timesMs: new Float64Array(0),
      authors: new Int32Array(0),
      attachments: new Uint8Array(0),
      starts: new Uint32Array(1),
      terms: new Int32Array(0),
    });
  }

  get length(): number {
    return this.#length;
  }

  get termCount(): number {
    return this.starts[this.#length]!;
  }

  /** Adds a row and gives its number. */
  append(
    order: number,
    timeMs: number,
    author: number,
    hasAttachment: boolean,
    terms: ArrayLike<number>,
  ): number {
    const row = this.#length;
    const start = this.termCount;
    this.#reserve(row + 1, start + terms.length);
    this.orders[row] = order;
    this.timesMs[row] = timeMs;
    this.authors[row] = author;
    this.#flags[row] = hasAttachment ? HAS_ATTACHMENT : 0;
    this.terms.set(terms, start);
    this.starts[row + 1] = start + terms.length;
    this.#length += 1;
    this.newestMs = Math.max(this.newestMs, timeMs);
    return row;
  }

  hasAttachment(row: number): boolean {
    return (this.#flags[row]! & HAS_ATTACHMENT) !== 0;
  }

  isGone(row: number): boolean {
    return (this.#flags[row]! & GONE) !== 0;
  }

  takeOut(row: number): void {
    if (this.isGone(row)) return;
    this.#flags[row]! |= GONE;
    this.wastedTerms += this.starts[row + 1]! - this.starts[row]!;
  }

  /** The row of an order, where rows ascend by it. */
  rowOf(order: number): number | undefined {
    let low = 0;
    let high = this.#length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.orders[middle]!;
      if (found === order) return middle;
      if (found < order) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** Without what is gone, and with other numbers for the terms. */
  compacted(numberOf: (term: number) => number): MessageTable {
    const table = MessageTable.empty();
    for (let row = 0; row < this.#length; row += 1) {
      if (this.isGone(row)) continue;
      const terms = this.terms.subarray(this.starts[row]!, this.starts[row + 1]!).map(numberOf);
      table.append(this.orders[row]!, this.timesMs[row]!, this.authors[row]!, this.hasAttachment(row), terms);
    }
    return table;
  }

  #reserve(rows: number, terms: number): void {
    this.orders = grown(this.orders, rows);
    this.timesMs = grown(this.timesMs, rows);
    this.authors = grown(this.authors, rows);
    this.#flags = grown(this.#flags, rows);
    this.starts = grown(this.starts, rows + 1);
    this.terms = grown(this.terms, terms);
  }
}
