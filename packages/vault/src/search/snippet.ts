import { CAPS } from './caps.ts';
import { classOf, JOINER, SEPARATOR } from './characterClass.ts';
import { foldCodePoint } from './folding.ts';
import { LIKENESS, plainLikeness, slippedLikeness } from './likeness.ts';
import { parseQuery, type Query } from './query.ts';
import { type Term, termsOf } from './terms.ts';

/** Part of a text, in UTF-16 units from `start` up to but without `end`. */
export interface Mark {
  readonly start: number;
  readonly end: number;
}

/** What a search result shows of a message. */
export interface Snippet {
  /** The piece of the original text that begins at `start`, cut between graphemes. */
  readonly text: string;
  /** Where it begins in the original: over 0 if something was cut away before it. */
  readonly start: number;
  /** What to highlight, within `text`: in order, apart from each other, on grapheme boundaries. */
  readonly marks: readonly Mark[];
}

/**
 * The place of a text that answers the query, at most `maxUnits` UTF-16 units long; its beginning if none does. Matches
 * are looked for as the index does, and a match of the beginning of a word marks what was typed of it.
 */
export function snippetOf(text: string, query: string, maxUnits: number): Snippet {
  const graphemes = new Graphemes(text.slice(0, CAPS.snippetUnits));
  const matches = matchesIn(text, parseQuery(query));
  const { start, end } = windowOn(graphemes, matches, maxUnits);
  // Boundaries are looked up for what will be seen only: in a hostile text each may be far to seek.
  const seen = matches.filter(match => match.start >= start && match.end <= end);
  const marks = wholeGraphemes(graphemes, seen)
    .filter(mark => mark.start >= start && mark.end <= end)
    .map(mark => ({ start: mark.start - start, end: mark.end - start }));
  return { text: text.slice(start, end), start, marks };
}

interface Match extends Mark {
  readonly likeness: number;
}

/** In order of their starts. */
function matchesIn(text: string, query: Query): Match[] {
  const known = new Map<string, { likeness: number; length: number }>();
  const matches: Match[] = [];
  for (const term of termsOf(text, CAPS.snippetUnits)) {
    let match = known.get(term.text);
    if (match === undefined) {
      match = bestMatch(query, term.text);
      known.set(term.text, match);
    }
    if (match.likeness === LIKENESS.none) continue;
    const end = match.length < term.text.length ? endOfBeginning(text, term, match.length) : term.end;
    matches.push({ start: term.start, end, likeness: match.likeness });
  }
  return matches.sort((a, b) => a.start - b.start);
}

/** The best likeness to a term of the query, and how much of the term it takes in. */
function bestMatch(query: Query, term: string): { likeness: number; length: number } {
  let best = { likeness: LIKENESS.none as number, length: 0 };
  for (const wanted of query.terms) {
    const plain = plainLikeness(wanted, term);
    const likeness = plain || slippedLikeness(wanted, term);
    if (likeness <= best.likeness) continue;
    best = { likeness, length: plain ? wanted.text.length : term.length };
  }
  return best;
}

/** Where in the original the first `length` folded units of a term end. */
function endOfBeginning(text: string, term: Term, length: number): number {
  let at = term.start;
  for (let folded = 0; at < term.end && folded < length; ) {
    const codePoint = text.codePointAt(at)!;
    for (const letter of foldCodePoint(codePoint)) {
      const kind = classOf(letter.codePointAt(0)!);
      if (kind !== SEPARATOR && kind !== JOINER) folded += letter.length;
    }
    at += codePoint > 0xffff ? 2 : 1;
  }
  return at;
}

/** Marks on grapheme boundaries, those that touch or overlap made one. */
function wholeGraphemes(graphemes: Graphemes, matches: readonly Match[]): Mark[] {
  const marks: Mark[] = [];
  for (const match of matches) {
    const last = marks.at(-1);
    if (last !== undefined && match.end <= last.end) continue;
    const mark = { start: graphemes.startOf(match.start), end: graphemes.endOf(match.end) };
    if (last === undefined || mark.start > last.end) marks.push(mark);
    else marks[marks.length - 1] = { start: last.start, end: Math.max(last.end, mark.end) };
  }
  return marks;
}

/** Shows the place with the most to see, with some text before it. */
function windowOn(graphemes: Graphemes, matches: readonly Match[], maxUnits: number): Mark {
  const length = graphemes.text.length;
  if (length <= maxUnits) return { start: 0, end: length };
  const first = bestStart(matches, maxUnits);
  const lead = Math.floor(maxUnits / 4);
  const latest = Math.max(0, length - maxUnits);
  const wanted = first === undefined ? 0 : Math.min(Math.max(0, first.start - lead), latest);
  const start = first === undefined ? 0 : graphemes.wordStartIn(wanted, first.start);
  return { start, end: Math.max(start, graphemes.startOf(start + maxUnits)) };
}

/** Where the matches that fit into one window weigh most; of equals the first. */
function bestStart(matches: readonly Match[], maxUnits: number): Match | undefined {
  let best: Match | undefined;
  let bestWeight = 0;
  let weight = 0;
  let last = 0;
  matches.forEach((first, i) => {
    while (last < matches.length && matches[last]!.end - first.start <= maxUnits) {
      weight += matches[last]!.likeness;
      last += 1;
    }
    if (weight > bestWeight) {
      best = first;
      bestWeight = weight;
    }
    if (last > i) weight -= first.likeness;
    else last = i + 1;
  });
  return best;
}

/** Grapheme boundaries of a text (UAX #29), looked up where they are needed. */
class Graphemes {
  static readonly #segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  readonly #segments: Intl.Segments;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
    this.#segments = Graphemes.#segmenter.segment(text);
  }

  /** The last boundary at or before a place. */
  startOf(place: number): number {
    if (place >= this.text.length) return this.text.length;
    return this.#segments.containing(place)?.index ?? this.text.length;
  }

  /** The first boundary at or after a place. */
  endOf(place: number): number {
    if (place <= 0) return 0;
    const grapheme = this.#segments.containing(place - 1);
    return grapheme ? grapheme.index + grapheme.segment.length : this.text.length;
  }

  /** A place between two others to begin at: behind white space if there is some, else the first boundary. */
  wordStartIn(from: number, to: number): number {
    if (from === 0) return 0;
    const space = this.text.slice(from, to).search(/\s\S/u);
    return space >= 0 ? this.startOf(from + space + 1) : Math.min(to, this.endOf(from));
  }
}
