import { LIKENESS } from './likeness.ts';
import type { MessageTable } from './messageTable.ts';
import type { Query } from './query.ts';
import type { Answers } from './vocabulary.ts';

/** Whether a message has all that is asked for, and how well. */
export class Matcher {
  readonly #words: Query['words'];
  readonly #answers: Answers;
  readonly #best: Uint8Array;

  constructor(query: Query, answers: Answers) {
    this.#words = query.words;
    this.#answers = answers;
    this.#best = new Uint8Array(query.terms.length);
  }

  /** The last row before another that has anything asked for; -1 where none has. Without words every row does. */
  rowBefore(table: MessageTable, row: number): number {
    if (this.#words.length === 0) return row - 1;
    const { rows } = this.#answers;
    const { terms, starts } = table;
    let at = starts[row]! - 1;
    while (at >= 0 && rows[terms[at]!] === 0) at -= 1;
    if (at < 0) return -1;
    let found = row - 1;
    while (starts[found]! > at) found -= 1;
    return found;
  }

  /** 0 where a word is missing, 1 where each stands there as it was typed. */
  score(table: MessageTable, row: number): number {
    const found = this.#findBest(table, row);
    let sum = 0;
    for (const readings of this.#words) {
      let best = 0;
      for (const reading of readings) {
        if ((found & reading) === reading) best = Math.max(best, this.#worstOf(reading));
      }
      if (best === 0) return 0;
      sum += best;
    }
    return sum / (this.#words.length * LIKENESS.exact);
  }

  /** The vocabulary numbers of the message's terms that answer any of the query's. */
  matched(table: MessageTable, row: number): number[] {
    const terms = table.terms.subarray(table.starts[row]!, table.starts[row + 1]!);
    return [...terms].filter(term => this.#answers.rows[term] !== 0);
  }

  #findBest(table: MessageTable, row: number): number {
    const { rows, columns, bits, likeness } = this.#answers;
    const { terms, starts } = table;
    const best = this.#best;
    let found = 0;
    for (let at = starts[row]!, end = starts[row + 1]!; at < end; at += 1) {
      const answer = rows[terms[at]!]!;
      if (answer === 0) continue;
      if (found === 0) best.fill(0);
      found |= bits[answer - 1]!;
      const from = (answer - 1) * columns;
      for (let column = 0; column < columns; column += 1) {
        const like = likeness[from + column]!;
        if (like > best[column]!) best[column] = like;
      }
    }
    return found;
  }

  #worstOf(reading: number): number {
    let worst: number = LIKENESS.exact;
    for (let column = 0; column < this.#best.length; column += 1) {
      if ((reading & (1 << column)) !== 0) worst = Math.min(worst, this.#best[column]!);
    }
    return worst;
  }
}
