import { LIKENESS } from './likeness.ts';
import type { MessageTable } from './messageTable.ts';
import type { Query } from './query.ts';
import type { Answers, Vocabulary } from './vocabulary.ts';

/** Whether a message has all that is asked for, and how well. */
export class Matcher {
  readonly #words: Query['words'];
  readonly #answers: Answers;
  readonly #best: Uint8Array;
  /** Per vocabulary term 1 if it answers the word of the query that the fewest messages have. */
  readonly #rarest: Uint8Array;
  /** No message has a higher score; 0 where a word of the query is nowhere. */
  readonly highestScore: number;

  constructor(query: Query, answers: Answers, vocabulary: Vocabulary) {
    this.#words = query.words;
    this.#answers = answers;
    this.#best = new Uint8Array(query.terms.length);
    this.#rarest = this.#termsOfRarest(vocabulary);
    this.highestScore = query.words.length === 0 ? 1 : this.#scoreOf(this.#takeIn(answers.numbers));
  }

  /** The last row before another that may have all that is asked for; -1 where there is none. */
  rowBefore(table: MessageTable, row: number): number {
    if (this.#words.length === 0) return row - 1;
    const rarest = this.#rarest;
    const { terms, starts } = table;
    let at = starts[row]! - 1;
    while (at >= 0 && rarest[terms[at]!] === 0) at -= 1;
    if (at < 0) return -1;
    let found = row - 1;
    while (starts[found]! > at) found -= 1;
    return found;
  }

  /** 0 where a word is missing, 1 where each stands there as it was typed. Of a query with words. */
  score(table: MessageTable, row: number): number {
    return this.#scoreOf(this.#takeIn(table.terms, table.starts[row]!, table.starts[row + 1]!));
  }

  /** The vocabulary numbers of the message's terms that answer any of the query's. */
  matched(table: MessageTable, row: number): number[] {
    const terms = table.terms.subarray(table.starts[row]!, table.starts[row + 1]!);
    return [...terms].filter(term => this.#answers.rows[term] !== 0);
  }

  #termsOfRarest(vocabulary: Vocabulary): Uint8Array {
    const { numbers, bits } = this.#answers;
    let rarest: readonly number[] = [];
    let fewest = Number.POSITIVE_INFINITY;
    for (const readings of this.#words) {
      const wanted = readings.reduce((all, reading) => all | reading, 0);
      const terms = numbers.filter((_, row) => (bits[row]! & wanted) !== 0);
      const messages = terms.reduce((sum, number) => sum + vocabulary.frequencyOf(number), 0);
      if (messages >= fewest) continue;
      fewest = messages;
      rarest = terms;
    }
    const marked = new Uint8Array(vocabulary.size);
    for (const number of rarest) marked[number] = 1;
    return marked;
  }

  #scoreOf(found: number): number {
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

  /** Which terms of the query these answer, and in `#best` how well. */
  #takeIn(terms: ArrayLike<number>, from = 0, to = terms.length): number {
    const { rows, columns, bits, likeness } = this.#answers;
    const best = this.#best;
    let found = 0;
    for (let at = from; at < to; at += 1) {
      const answer = rows[terms[at]!]!;
      if (answer === 0) continue;
      if (found === 0) best.fill(0);
      found |= bits[answer - 1]!;
      const first = (answer - 1) * columns;
      for (let column = 0; column < columns; column += 1) {
        const like = likeness[first + column]!;
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
