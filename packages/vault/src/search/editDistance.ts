import { CAPS } from './caps.ts';

const WIDTH = CAPS.unitsPerTerm + 1;
const FAR = 99;

/**
 * How many typing slips (a letter too many, too few, another, or two swapped) lie between two words, and between the
 * first and a beginning of the second: the optimal string alignment distance, measured only up to `limit` slips.
 */
export class EditDistance {
  #before = new Uint8Array(WIDTH + 1);
  #last = new Uint8Array(WIDTH + 1);
  #now = new Uint8Array(WIDTH + 1);

  /** `limit + 1` or more where there are more; `beginning`: `typed` may be the beginning of `word` only. */
  between(typed: string, word: string, limit: number, beginning: boolean): number {
    const rows = Math.min(typed.length, CAPS.unitsPerTerm);
    const columns = Math.min(word.length, CAPS.unitsPerTerm, rows + limit);
    if (rows - columns > limit || (!beginning && word.length - rows > limit)) return FAR;
    this.#now.fill(FAR, 0, columns + 2);
    this.#last.fill(FAR, 0, columns + 2);
    for (let column = 0; column <= Math.min(columns, limit); column += 1) this.#now[column] = column;
    for (let row = 1; row <= rows; row += 1) {
      const spare = this.#before;
      this.#before = this.#last;
      this.#last = this.#now;
      this.#now = spare;
      if (this.#fillRow(typed, word, row, columns, limit) > limit) return FAR;
    }
    if (!beginning) return this.#now[columns]!;
    let least = FAR;
    for (let column = Math.max(0, rows - limit); column <= columns; column += 1) {
      least = Math.min(least, this.#now[column]!);
    }
    return least;
  }

  /** One row, within `limit` of the diagonal; gives its least value. */
  #fillRow(typed: string, word: string, row: number, columns: number, limit: number): number {
    const [before, last, now] = [this.#before, this.#last, this.#now];
    const from = Math.max(1, row - limit);
    const to = Math.min(columns, row + limit);
    const letter = typed.charCodeAt(row - 1);
    now[from - 1] = from === 1 && row <= limit ? row : FAR;
    let least = now[from - 1]!;
    for (let column = from; column <= to; column += 1) {
      const other = word.charCodeAt(column - 1);
      let slips = last[column - 1]! + (letter === other ? 0 : 1);
      slips = Math.min(slips, last[column]! + 1, now[column - 1]! + 1);
      if (
        row > 1 &&
        column > 1 &&
        letter === word.charCodeAt(column - 2) &&
        typed.charCodeAt(row - 2) === other
      ) {
        slips = Math.min(slips, before[column - 2]! + 1);
      }
      now[column] = slips;
      if (slips < least) least = slips;
    }
    now[to + 1] = FAR;
    return least;
  }
}
