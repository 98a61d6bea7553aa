import { CAPS } from './caps.ts';
import { classOf, JOINER, SEPARATOR } from './characterClass.ts';
import { foldCodePoint } from './folding.ts';
import { LIKENESS, Likeness } from './likeness.ts';
import { parseQuery, type QueryTerm } from './query.ts';
import { type Term, termsOf } from './terms.ts';

const FIRST_COMBINING = 0x300;
const RETURN = 0x0d;
const LINE_FEED = 0x0a;
const SPACE = 0x20;

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

interface Match extends Mark {
  readonly likeness: number;
}

/** What a term of a text has to do with the query, and how much of the term: its first letters, or all. */
interface Answer {
  readonly likeness: number;
  readonly length: number;
}

/** Shows where texts answer one query: made once for all the hits of a page, whose words are mostly the same. */
export class Snippets {
  readonly #wanted: readonly { readonly term: QueryTerm; readonly likeness: Likeness }[];
  readonly #known = new Map<string, Answer>();

  constructor(query: string) {
    this.#wanted = parseQuery(query).terms.map(term => ({ term, likeness: new Likeness(term) }));
  }

  /**
   * The place of a text that answers the query, at most `maxUnits` UTF-16 units long; its beginning if none does.
   * Matches are looked for as the index does, and a match of the beginning of a word marks what was typed of it.
   */
  of(text: string, maxUnits: number): Snippet {
    const graphemes = new Graphemes(text.slice(0, CAPS.snippetUnits));
    const matches = this.#matchesIn(text);
    const { start, end } = windowOn(graphemes, matches, maxUnits);
    // Boundaries are looked up for what will be seen only: in a hostile text each may be far to seek.
    const seen = matches.filter(match => match.start >= start && match.end <= end);
    const marks = wholeGraphemes(graphemes, seen)
      .filter(mark => mark.start >= start && mark.end <= end)
      .map(mark => ({ start: mark.start - start, end: mark.end - start }));
    return { text: text.slice(start, end), start, marks };
  }

  /** In order of their starts. */
  #matchesIn(text: string): Match[] {
    const matches: Match[] = [];
    for (const term of termsOf(text, CAPS.snippetUnits)) {
      const { likeness, length } = this.#answerOf(term.text);
      if (likeness === LIKENESS.none) continue;
      const end = length < term.text.length ? endOfBeginning(text, term, length) : term.end;
      matches.push({ start: term.start, end, likeness });
    }
    return matches.sort((a, b) => a.start - b.start);
  }

  #answerOf(term: string): Answer {
    const known = this.#known.get(term);
    if (known !== undefined) return known;
    let best: Answer = { likeness: LIKENESS.none, length: 0 };
    for (const wanted of this.#wanted) {
      const plain = wanted.likeness.plain(term);
      const likeness = plain || wanted.likeness.slipped(term);
      if (likeness <= best.likeness) continue;
      best = { likeness, length: plain ? wanted.term.text.length : term.length };
    }
    this.#known.set(term, best);
    return best;
  }
}

/** One alone. */
export function snippetOf(text: string, query: string, maxUnits: number): Snippet {
  return new Snippets(query).of(text, maxUnits);
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
  #segments: Intl.Segments | undefined;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The last boundary at or before a place. */
  startOf(place: number): number {
    if (place >= this.text.length) return this.text.length;
    if (this.#isPlainlyBoundary(place)) return place;
    return this.#containing(place)?.index ?? this.text.length;
  }

  /** The first boundary at or after a place. */
  endOf(place: number): number {
    if (place <= 0) return 0;
    if (this.#isPlainlyBoundary(place)) return place;
    const grapheme = this.#containing(place - 1);
    return grapheme ? grapheme.index + grapheme.segment.length : this.text.length;
  }

  /** Before U+0300 no two characters are one grapheme but a carriage return and its line feed. */
  #isPlainlyBoundary(place: number): boolean {
    const before = place === 0 ? SPACE : this.text.charCodeAt(place - 1);
    const after = place >= this.text.length ? SPACE : this.text.charCodeAt(place);
    return before < FIRST_COMBINING && after < FIRST_COMBINING && (before !== RETURN || after !== LINE_FEED);
  }

  #containing(place: number): Intl.SegmentData | undefined {
    this.#segments ??= Graphemes.#segmenter.segment(this.text);
    return this.#segments.containing(place);
  }

  /** A place between two others to begin at: behind white space if there is some, else the first boundary. */
  wordStartIn(from: number, to: number): number {
    if (from === 0) return 0;
    const space = this.text.slice(from, to).search(/\s\S/u);
    return space >= 0 ? this.startOf(from + space + 1) : Math.min(to, this.endOf(from));
  }
}
