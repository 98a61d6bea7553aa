import { continuesCharacter } from './characterClass.ts';
import { EditDistance } from './editDistance.ts';
import type { QueryTerm } from './query.ts';

/** How well a term answers a term of the query: 0 is not at all. */
export const LIKENESS = { none: 0, twoSlips: 2, oneSlip: 4, beginning: 7, exact: 10 } as const;

const distance = new EditDistance();

/** Equal, or a beginning where one is enough; slips are not looked for. */
export function plainLikeness(wanted: QueryTerm, term: string): number {
  const { text, beginning } = wanted;
  if (term.length === text.length) return term === text ? LIKENESS.exact : LIKENESS.none;
  if (beginning === 'whole words only' || !term.startsWith(text)) return LIKENESS.none;
  if (beginning === 'one character' && !continuesCharacter(term.charCodeAt(text.length)))
    return LIKENESS.exact;
  return LIKENESS.beginning;
}

/** For terms that are neither equal nor a beginning: whether typing slips lie between. */
export function slippedLikeness(wanted: QueryTerm, term: string): number {
  const { text, slips, slipsOfBeginning, firstLetterFree } = wanted;
  if (slips === 0 || (!firstLetterFree && term.charCodeAt(0) !== text.charCodeAt(0))) return LIKENESS.none;
  const found = distance.between(text, term, slips, false);
  if (found <= slips) return found <= 1 ? LIKENESS.oneSlip : LIKENESS.twoSlips;
  if (slipsOfBeginning === 0 || term.length <= text.length) return LIKENESS.none;
  // One step below the whole word with as many slips.
  const ofBeginning = distance.between(text, term, slipsOfBeginning, true);
  if (ofBeginning > slipsOfBeginning) return LIKENESS.none;
  return (ofBeginning <= 1 ? LIKENESS.oneSlip : LIKENESS.twoSlips) - 1;
}

/** Both. */
export function likeness(wanted: QueryTerm, term: string): number {
  return plainLikeness(wanted, term) || slippedLikeness(wanted, term);
}

/** The letters of a word as a set of 32 bits. A slip puts at most one letter out of such a set. */
export function letterSet(text: string): number {
  let set = 0;
  for (let i = 0; i < text.length; i += 1) set |= 1 << (text.charCodeAt(i) & 31);
  return set;
}

/** How many letters of the one set the other lacks. */
export function lettersLacking(of: number, within: number): number {
  let rest = of & ~within;
  let count = 0;
  while (rest !== 0) {
    rest &= rest - 1;
    count += 1;
  }
  return count;
}
