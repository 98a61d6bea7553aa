import { CAPS } from './caps.ts';
import { type Piece, piecesOf } from './pieces.ts';
import { pairsOf, runAt, type Term, termOf, wholeOf } from './terms.ts';

/** One thing to look for. */
export interface QueryTerm {
  /** Folded. */
  readonly text: string;
  /** Words that only begin with it match too: it is still being typed, or it is a single unspaced character. */
  readonly beginning: 'whole words only' | 'may be a beginning' | 'one character';
  /** Typing slips forgiven between it and a whole word, and between it and the beginning of a word. */
  readonly slips: number;
  readonly slipsOfBeginning: number;
  /** Whether a slip may be in the first letter. */
  readonly firstLetterFree: boolean;
}

/** What a person asks for. A message must have every word, in any order, and every phrase, in this order. */
export interface Query {
  readonly terms: readonly QueryTerm[];
  /** For each word its readings, as bit sets of `terms`: one reading must be there in full ("e-mail": `email`, or `e` and `mail`). */
  readonly words: readonly (readonly number[])[];
  /** What stood in quotation marks, as it stood. */
  readonly phrases: readonly string[];
}

export const QUOTATION_MARKS = /["“”„«»「」『』]/u;
const ONLY_LETTERS = /^\p{L}+$/u;

/** Reads what was typed. Never fails: what is no word is passed over, what is beyond the caps is not asked for. */
export function parseQuery(typed: string): Query {
  const reader = new QueryReader();
  const parts = typed.slice(0, CAPS.unitsPerQuery).split(QUOTATION_MARKS);
  const pieces = parts.map(part => piecesOf(part, CAPS.unitsPerQuery));
  const lastPart = pieces.findLastIndex(list => list.length > 0);
  pieces.forEach((list, i) => {
    reader.readPart(list, i % 2 === 1, i === lastPart && (i % 2 === 0 || i === parts.length - 1));
  });
  const phrases = parts.filter((_, i) => i % 2 === 1 && pieces[i]!.length > 1);
  return { terms: reader.terms, words: reader.words, phrases };
}

class QueryReader {
  readonly terms: QueryTerm[] = [];
  readonly words: number[][] = [];
  readonly #bits = new Map<string, number>();

  readPart(pieces: readonly Piece[], quoted: boolean, unfinished: boolean): void {
    for (let i = 0; i < pieces.length; ) {
      const run = runAt(pieces, i);
      i += run.length;
      this.#readRun(run, quoted, unfinished && i >= pieces.length);
    }
  }

  #readRun(run: readonly Piece[], quoted: boolean, unfinished: boolean): void {
    if (run[0]!.kind === 'unspaced') {
      const pairs = pairsOf(run, 'pairs only');
      const single = run.length === 1;
      pairs.forEach((pair, i) => {
        const open = unfinished && i === pairs.length - 1;
        this.#want(
          [[pair]],
          single ? 'one character' : open ? 'may be a beginning' : 'whole words only',
          true,
          open,
        );
      });
      return;
    }
    const readings = run.length > 1 ? [[wholeOf(run)], run.map(termOf)] : [run.map(termOf)];
    this.#want(readings, unfinished ? 'may be a beginning' : 'whole words only', quoted, unfinished);
  }

  /** One of the readings must be there. A reading that finds no room among the terms is left out. */
  #want(
    readings: readonly (readonly Term[])[],
    beginning: QueryTerm['beginning'],
    exact: boolean,
    unfinished: boolean,
  ): void {
    const sets: number[] = [];
    for (const reading of readings) {
      let set = 0;
      let complete = true;
      reading.forEach(({ text }, i) => {
        const last = i === reading.length - 1;
        const bit = this.#bitOf(text, last ? beginning : 'whole words only', exact, last && unfinished);
        if (bit === 0) complete = false;
        set |= bit;
      });
      if (complete) sets.push(set);
    }
    if (sets.length > 0) this.words.push(sets);
  }

  #bitOf(text: string, beginning: QueryTerm['beginning'], exact: boolean, unfinished: boolean): number {
    const key = `${beginning} ${exact} ${text}`;
    const known = this.#bits.get(key);
    if (known !== undefined) return known;
    if (this.terms.length >= CAPS.termsPerQuery) return 0;
    const bit = 1 << this.terms.length;
    this.#bits.set(key, bit);
    const slips = exact || !ONLY_LETTERS.test(text) ? 0 : text.length >= 8 ? 2 : text.length >= 4 ? 1 : 0;
    this.terms.push({
      text,
      beginning,
      slips,
      // A beginning leaves more to chance: it takes one letter more to forgive as much.
      slipsOfBeginning: !unfinished || slips === 0 ? 0 : text.length >= 9 ? 2 : text.length >= 5 ? 1 : 0,
      firstLetterFree: text.length >= 8,
    });
    return bit;
  }
}
