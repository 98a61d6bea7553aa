import { CAPS } from './caps.ts';
import { type Piece, piecesOf } from './pieces.ts';
import { parseQuery, QUOTATION_MARKS } from './query.ts';

const BETWEEN = '\u0000';

/** Whether a text has every phrase that stands in quotation marks in the query, word after word; true where none does. */
export function matchesPhrase(text: string, query: string): boolean {
  if (!QUOTATION_MARKS.test(query)) return true;
  const { phrases } = parseQuery(query);
  if (phrases.length === 0) return true;
  const said = inARow(piecesOf(text, CAPS.snippetUnits));
  return phrases.every(phrase => {
    const wanted = inARow(piecesOf(phrase, CAPS.unitsPerQuery));
    // A phrase whose closing mark is not typed yet may end within a word.
    return said.includes(isOpen(query, phrase) ? wanted.slice(0, -1) : wanted);
  });
}

function inARow(pieces: readonly Piece[]): string {
  return BETWEEN + pieces.map(piece => piece.text + BETWEEN).join('');
}

function isOpen(query: string, phrase: string): boolean {
  return query.endsWith(phrase);
}
