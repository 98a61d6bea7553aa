import { CAPS } from './caps.ts';
import { grown } from './grown.ts';
import { LIKENESS, letterSet, lettersLacking, plainLikeness, slippedLikeness } from './likeness.ts';
import type { Query, QueryTerm } from './query.ts';

/** Every term that any message has, once, under a small number. */
export class Vocabulary {
  readonly #numbers = new Map<string, number>();
  readonly #terms: string[] = [];
  #letterSets = new Int32Array(1_024);

  get size(): number {
    return this.#terms.length;
  }

  /** The number of a term; a new one if it has none yet. */
  numberOf(term: string): number {
    const known = this.#numbers.get(term);
    if (known !== undefined) return known;
    const number = this.#terms.length;
    this.#numbers.set(term, number);
    this.#terms.push(term);
    if (number >= this.#letterSets.length) this.#letterSets = grown(this.#letterSets, number + 1);
    this.#letterSets[number] = letterSet(term);
    return number;
  }

  term(number: number): string {
    return this.#terms[number]!;
  }

  /** Which terms answer which terms of the query, and how well. Linear in the vocabulary. */
  answers(query: Query): Answers {
    const answers = new Answers(this.size, query.terms.length);
    let measurable: number = CAPS.measuredTerms;
    query.terms.forEach((wanted, column) => {
      if (wanted.beginning === 'whole words only' && wanted.slips === 0) {
        const number = this.#numbers.get(wanted.text);
        if (number !== undefined) answers.add(number, column, LIKENESS.exact);
      } else measurable = this.#scan(wanted, column, answers, measurable);
    });
    return answers;
  }

  #scan(wanted: QueryTerm, column: number, answers: Answers, measurable: number): number {
    const terms = this.#terms;
    const letters = letterSet(wanted.text);
    const { slips, slipsOfBeginning, firstLetterFree } = wanted;
    const longest = slipsOfBeginning > 0 ? Number.POSITIVE_INFINITY : wanted.text.length + slips;
    const shortest = wanted.text.length - slips;
    const first = wanted.text.charCodeAt(0);
    let left = measurable;
    for (let number = 0; number < terms.length; number += 1) {
      const lacking = letters & ~this.#letterSets[number]!;
      if (lacking !== 0 && (slips === 0 || lettersLacking(lacking, 0) > slips)) continue;
      const term = terms[number]!;
      if (!firstLetterFree && term.charCodeAt(0) !== first) continue;
      let like = lacking === 0 ? plainLikeness(wanted, term) : LIKENESS.none;
      if (
        like === LIKENESS.none &&
        slips > 0 &&
        left > 0 &&
        term.length >= shortest &&
        term.length <= longest
      ) {
        left -= 1;
        like = slippedLikeness(wanted, term);
      }
      if (like !== LIKENESS.none) answers.add(number, column, like);
    }
    return left;
  }
}

/** For each term of the vocabulary, how well it answers each term of a query. */
export class Answers {
  /** Per vocabulary term its row + 1, or 0. */
  readonly rows: Int32Array;
  readonly columns: number;
  /** Per row the bits of the query's terms that it answers. */
  bits: Int32Array = new Int32Array(64);
  /** Per row and column a likeness. */
  likeness: Uint8Array;
  #count = 0;

  constructor(vocabularySize: number, columns: number) {
    this.rows = new Int32Array(vocabularySize);
    this.columns = columns;
    this.likeness = new Uint8Array(64 * columns);
  }

  add(number: number, column: number, like: number): void {
    let row = this.rows[number]! - 1;
    if (row < 0) {
      row = this.#count;
      this.#count += 1;
      this.rows[number] = this.#count;
      if (row >= this.bits.length) {
        this.bits = grown(this.bits, this.#count);
        this.likeness = grown(this.likeness, this.bits.length * this.columns);
      }
    }
    this.bits[row]! |= 1 << column;
    this.likeness[row * this.columns + column] = like;
  }
}
