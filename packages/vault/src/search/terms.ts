import { CAPS } from './caps.ts';
import { type Piece, piecesOf } from './pieces.ts';

/** What a message is found by, and where it stands in the original text. */
export interface Term {
  /** Folded, at most `CAPS.unitsPerTerm` UTF-16 units. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The terms of a text, in their order, repeated where the text repeats them:
 * - words, and for words joined by an apostrophe or a hyphen each part and the whole without its joints ("e-mail": `e`,
 *   `mail`, `email`);
 * - in scripts without spaces every character with the one after it, and the last of a run alone;
 * - every emoji.
 */
export function termsOf(text: string, unitsLimit: number = CAPS.indexedUnitsPerMessage): Term[] {
  const terms: Term[] = [];
  const pieces = piecesOf(text, unitsLimit);
  for (let i = 0; i < pieces.length; ) {
    const run = runAt(pieces, i);
    const first = run[0]!;
    if (first.kind === 'unspaced') terms.push(...pairsOf(run, 'with last'));
    else terms.push(...run.map(termOf));
    if (first.kind === 'word' && run.length > 1) terms.push(wholeOf(run));
    i += run.length;
  }
  return terms;
}

/** The longest run from `from` on that is read together: joined words, or neighbours in an unspaced script. */
export function runAt(pieces: readonly Piece[], from: number): readonly Piece[] {
  const { kind } = pieces[from]!;
  const joint = kind === 'word' ? 'joiner' : 'none';
  let to = from + 1;
  while (kind !== 'emoji' && to < pieces.length && pieces[to]!.kind === kind && pieces[to]!.joint === joint)
    to += 1;
  return pieces.slice(from, to);
}

/** Neighbours of an unspaced run, two by two; the last alone too if wanted, or if it is the only one. */
export function pairsOf(run: readonly Piece[], end: 'with last' | 'pairs only'): Term[] {
  const wanted = end === 'with last' ? run : run.slice(0, Math.max(1, run.length - 1));
  return wanted.map((piece, i) => {
    const next = run[i + 1];
    return { text: cut(piece.text + (next?.text ?? '')), start: piece.start, end: next?.end ?? piece.end };
  });
}

/** A piece as a term of its own. */
export function termOf(piece: Piece): Term {
  return { text: cut(piece.text), start: piece.start, end: piece.end };
}

/** Joined words, written as one. */
export function wholeOf(run: readonly Piece[]): Term {
  let text = '';
  let end = 0;
  for (const piece of run) {
    if (text.length >= CAPS.unitsPerTerm) break;
    text += piece.text;
    end = piece.end;
  }
  return { text: cut(text), start: run[0]!.start, end };
}

function cut(text: string): string {
  return text.length > CAPS.unitsPerTerm ? text.slice(0, CAPS.unitsPerTerm) : text;
}
