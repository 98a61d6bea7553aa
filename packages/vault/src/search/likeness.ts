import { continuesCharacter } from './characterClass.ts';
import type { QueryTerm } from './query.ts';
import { Slips } from './slips.ts';

/** How well a term answers a term of the query: 0 is not at all. */
export const LIKENESS = { none: 0, twoSlips: 2, oneSlip: 4, beginning: 7, exact: 10 } as const;

/** Tells of many terms how well they answer one term of a query. */
export class Likeness {
  readonly #wanted: QueryTerm;
  readonly #slips: Slips;

  constructor(wanted: QueryTerm) {
    this.#wanted = wanted;
    this.#slips = new Slips(wanted.text, wanted.slips);
  }

  /** Equal, or a beginning where one is enough; slips are not looked for. */
  plain(term: string): number {
    const { text, beginning } = this.#wanted;
    if (term.length === text.length) return term === text ? LIKENESS.exact : LIKENESS.none;
    if (beginning === 'whole words only' || !term.startsWith(text)) return LIKENESS.none;
    if (beginning === 'one character' && !continuesCharacter(term.charCodeAt(text.length)))
      return LIKENESS.exact;
    return LIKENESS.beginning;
  }

  /** For terms that are neither equal nor a beginning: whether typing slips lie between. */
  slipped(term: string): number {
    const { text, slips, slipsOfBeginning, firstLetterFree } = this.#wanted;
    if (slips === 0 || (!firstLetterFree && term.charCodeAt(0) !== text.charCodeAt(0))) return LIKENESS.none;
    this.#slips.measure(term);
    const { ofWhole, ofBeginning } = this.#slips;
    if (ofWhole <= slips) return ofWhole <= 1 ? LIKENESS.oneSlip : LIKENESS.twoSlips;
    if (term.length <= text.length || ofBeginning > slipsOfBeginning || slipsOfBeginning === 0)
      return LIKENESS.none;
    // One step below the whole word with as many slips.
    return (ofBeginning <= 1 ? LIKENESS.oneSlip : LIKENESS.twoSlips) - 1;
  }

  /** Both. */
  of(term: string): number {
    return this.plain(term) || this.slipped(term);
  }
}

/** The letters of a word as a set of 32 bits. A slip puts at most one letter out of such a set. */
export function letterSet(text: string): number {
  let set = 0;
  for (let i = 0; i < text.length; i += 1) set |= 1 << (text.charCodeAt(i) & 31);
  return set;
}

/** Whether the one set has more letters that the other lacks than so many. */
export function lacksMore(of: number, within: number, letters: number): boolean {
  let rest = of & ~within;
  for (let i = 0; i < letters; i += 1) rest &= rest - 1;
  return rest !== 0;
}
