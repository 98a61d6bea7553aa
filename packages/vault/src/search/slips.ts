import { CAPS } from './caps.ts';
import { EditDistance } from './editDistance.ts';

/** One bit for each letter, and one to spare for the carry. */
const LETTERS_IN_BITS = 31;
const ASCII = 0x80;
/** More slips than anybody forgives. */
const FAR = 99;

const distance = new EditDistance();

/**
 * How many typing slips lie between one word that was typed and many others: what `EditDistance` measures, for whole
 * words and for beginnings in one go, all letters of a column at once as the bits of a number (Myers 1999; Hyyrö 2003
 * for letters that are swapped).
 */
export class Slips {
  readonly #typed: string;
  readonly #limit: number;
  readonly #ascii = new Int32Array(ASCII);
  readonly #others = new Map<number, number>();
  /** Between the typed word and the whole other one; over `limit` where there are more. */
  ofWhole = FAR;
  /** Between the typed word and some beginning of the other one; over `limit` where there are more. */
  ofBeginning = FAR;

  /** `limit`: as many slips as matter, and no more. */
  constructor(typed: string, limit: number) {
    this.#typed = typed.slice(0, CAPS.unitsPerTerm);
    this.#limit = limit;
    for (let at = 0; at < this.#typed.length && at < LETTERS_IN_BITS; at += 1) {
      const unit = this.#typed.charCodeAt(at);
      if (unit < ASCII) this.#ascii[unit]! |= 1 << at;
      else this.#others.set(unit, this.#placesOf(unit) | (1 << at));
    }
  }

  /** Says of another word, in `ofWhole` and `ofBeginning`. */
  measure(word: string): void {
    const rows = this.#typed.length;
    if (rows > LETTERS_IN_BITS || rows === 0) {
      this.ofWhole = distance.between(this.#typed, word, this.#limit, false);
      this.ofBeginning = distance.between(this.#typed, word, this.#limit, true);
      return;
    }
    const columns = Math.min(word.length, CAPS.unitsPerTerm, rows + this.#limit);
    const lastRow = 1 << (rows - 1);
    // Of the column before: where a row has one slip more, or one less, than the row above it.
    let more = -1;
    let less = 0;
    // Where a step from the upper left costs nothing.
    let equal = 0;
    let placesBefore = 0;
    let slips = rows;
    let least = rows;
    for (let column = 0; column < columns; column += 1) {
      const unit = word.charCodeAt(column);
      const places = unit < ASCII ? this.#ascii[unit]! : this.#placesOf(unit);
      const swapped = ((~equal & places) << 1) & placesBefore;
      equal = (((places & more) + more) ^ more) | places | less | swapped;
      const right = less | ~(equal | more);
      const left = equal & more;
      if ((right & lastRow) !== 0) slips += 1;
      else if ((left & lastRow) !== 0) slips -= 1;
      if (slips < least) least = slips;
      // Each letter that is left can take one slip away.
      else if (slips - (columns - column - 1) > this.#limit && least > this.#limit) {
        this.ofWhole = FAR;
        this.ofBeginning = FAR;
        return;
      }
      const shifted = (right << 1) | 1;
      more = (left << 1) | ~(equal | shifted);
      less = shifted & equal;
      placesBefore = places;
    }
    this.ofWhole = word.length === columns ? slips : FAR;
    this.ofBeginning = least;
  }

  /** Where in the typed word a letter beyond ASCII stands. */
  #placesOf(unit: number): number {
    return this.#others.get(unit) ?? 0;
  }
}
