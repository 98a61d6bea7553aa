import { CAPS } from './caps.ts';
import { grown } from './grown.ts';
import { LIKENESS, Likeness, lacksMore, letterSet } from './likeness.ts';
import type { Query, QueryTerm } from './query.ts';

/** Every term that any message has, once, under a small number. */
export class Vocabulary {
  readonly #numbers = new Map<string, number>();
  readonly #terms: string[] = [];
  readonly #byFirstLetter = new Map<number, number[]>();
  #letterSets = new Int32Array(1_024);
  #frequencies = new Int32Array(1_024);

  get size(): number {
    return this.#terms.length;
  }

  /** The number of a term that `messages` more have; a new one if it has none yet. */
  numberOf(term: string, messages = 1): number {
    const known = this.#numbers.get(term);
    if (known !== undefined) {
      this.#frequencies[known]! += messages;
      return known;
    }
    const number = this.#terms.length;
    this.#numbers.set(term, number);
    this.#terms.push(term);
    const first = term.charCodeAt(0);
    const alike = this.#byFirstLetter.get(first);
    if (alike === undefined) this.#byFirstLetter.set(first, [number]);
    else alike.push(number);
    this.#letterSets = grown(this.#letterSets, number + 1);
    this.#letterSets[number] = letterSet(term);
    this.#frequencies = grown(this.#frequencies, number + 1);
    this.#frequencies[number] = messages;
    return number;
  }

  term(number: number): string {
    return this.#terms[number]!;
  }

  /** How many messages a term was met in; those that are gone still count. */
  frequencyOf(number: number): number {
    return this.#frequencies[number]!;
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
    const { slips, slipsOfBeginning, firstLetterFree, text } = wanted;
    const likeness = new Likeness(wanted);
    const letters = letterSet(text);
    const longest = slipsOfBeginning > 0 ? Number.POSITIVE_INFINITY : text.length + slips;
    const shortest = text.length - slips;
    let left = measurable;
    /** A term with at most as many letters missing as there may be slips. */
    const look = (number: number) => {
      const term = this.#terms[number]!;
      let like = likeness.plain(term);
      if (
        like === LIKENESS.none &&
        slips > 0 &&
        left > 0 &&
        term.length >= shortest &&
        term.length <= longest
      ) {
        left -= 1;
        // Whole words must not have more letters of their own than there may be slips.
        if (slipsOfBeginning > 0 || !lacksMore(this.#letterSets[number]!, letters, slips))
          like = likeness.slipped(term);
      }
      if (like !== LIKENESS.none) answers.add(number, column, like);
    };
    const sets = this.#letterSets;
    if (firstLetterFree && slips > 0) {
      for (let number = 0; number < this.size; number += 1) {
        if (!lacksMore(letters, sets[number]!, slips)) look(number);
      }
    } else {
      for (const number of this.#byFirstLetter.get(text.charCodeAt(0)) ?? []) {
        if (!lacksMore(letters, sets[number]!, slips)) look(number);
      }
    }
    return left;
  }
}

/** For each term of the vocabulary, how well it answers each term of a query. */
export class Answers {
  /** Per vocabulary term its row + 1, or 0. */
  readonly rows: Int32Array;
  /** Per row its vocabulary term. */
  readonly numbers: number[] = [];
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
      this.numbers.push(number);
      if (row >= this.bits.length) {
        this.bits = grown(this.bits, this.#count);
        this.likeness = grown(this.likeness, this.bits.length * this.columns);
      }
    }
    this.bits[row]! |= 1 << column;
    this.likeness[row * this.columns + column] = like;
  }
}
