import type { AdaptiveDecoder, AdaptiveEncoder } from './adaptiveCoder.ts';
import { CAPS } from './caps.ts';
import { damaged } from './damaged.ts';

/*
 * The terms of a segment are sorted, so each begins like the one before. First the alphabet, then for each term how
 * many units it shares with the one before, and the others up to an end sign. Then where each term is found: in how
 * many messages, and the gaps between them; how long a gap may be expected to be is known from what is left.
 */
const CONTEXT = {
  letters: 16,
  letterGap: 17,
  terms: 18,
  shared: 32,
  count: 128,
  gap: 256,
  unit: 65_536,
} as const;
const SHARED_BITS = 6;
const END = 0;
const MAX_UNIT = 0xffff;

/** `terms`: sorted by UTF-16 units, each once, 1 to `CAPS.unitsPerTerm` units. */
export function writeTerms(encoder: AdaptiveEncoder, terms: readonly string[]): void {
  const alphabet = alphabetOf(terms);
  encoder.number(CONTEXT.letters, alphabet.length);
  let letter = -1;
  for (const unit of alphabet) {
    encoder.number(CONTEXT.letterGap, unit - letter - 1);
    letter = unit;
  }
  const symbols = new Map(alphabet.map((unit, i) => [unit, i + 1]));
  const bits = bitsFor(alphabet.length);
  encoder.number(CONTEXT.terms, terms.length);
  const symbolAt = (term: string, at: number) => (at < term.length ? symbols.get(term.charCodeAt(at))! : END);
  let before = '';
  let sharedBefore = 0;
  for (const term of terms) {
    const shared = sharedLength(before, term);
    encoder.symbol(CONTEXT.shared + Math.min(sharedBefore, 15), SHARED_BITS, shared);
    for (let at = shared; at <= term.length && at < CAPS.unitsPerTerm; at += 1) {
      const left = at > 0 ? symbolAt(term, at - 1) : END;
      encoder.symbol(
        unitContext(left, at === shared ? symbolAt(before, at) : undefined),
        bits,
        symbolAt(term, at),
      );
    }
    before = term;
    sharedBefore = shared;
  }
}

/** What `writeTerms` wrote. */
export function readTerms(decoder: AdaptiveDecoder): string[] {
  const letters = decoder.numberUpTo(CONTEXT.letters, MAX_UNIT + 1);
  const alphabet = new Uint16Array(letters + 1);
  let letter = -1;
  for (let i = 1; i <= letters; i += 1) {
    letter += decoder.numberUpTo(CONTEXT.letterGap, MAX_UNIT) + 1;
    if (letter > MAX_UNIT) throw damaged('a letter cannot be');
    alphabet[i] = letter;
  }
  const bits = bitsFor(letters);
  const count = decoder.numberUpTo(CONTEXT.terms, CAPS.termUnitsPerSegment);
  const terms: string[] = [];
  const symbols = new Uint32Array(CAPS.unitsPerTerm + 1);
  const units = new Uint16Array(CAPS.unitsPerTerm);
  let allUnits = 0;
  let length = 0;
  let sharedBefore = 0;
  for (let i = 0; i < count; i += 1) {
    const shared = decoder.symbol(CONTEXT.shared + Math.min(sharedBefore, 15), SHARED_BITS);
    if (shared > length) throw damaged('a term shares more than there is');
    const lengthBefore = length;
    for (length = shared; length < CAPS.unitsPerTerm; length += 1) {
      const left = length > 0 ? symbols[length - 1]! : END;
      const above = length < lengthBefore ? symbols[length]! : END;
      const symbol = decoder.symbol(unitContext(left, length === shared ? above : undefined), bits);
      if (symbol > letters) throw damaged('a letter cannot be');
      if (symbol === END) break;
      symbols[length] = symbol;
      units[length] = alphabet[symbol]!;
    }
    allUnits += length;
    if (length === 0 || allUnits > CAPS.termUnitsPerSegment * 2)
      throw damaged('a term has an impossible length');
    terms.push(String.fromCharCode.apply(null, units.subarray(0, length) as unknown as number[]));
    sharedBefore = shared;
  }
  return terms;
}

/** For each term where it is found: one position of a message or more, ascending. */
export function writePostings(
  encoder: AdaptiveEncoder,
  postings: readonly (readonly number[])[],
  messageCount: number,
): void {
  for (const positions of postings) {
    encoder.number(CONTEXT.count, positions.length - 1);
    let last = -1;
    let left = positions.length;
    for (const position of positions) {
      encoder.number(gapContext(messageCount - last - 1, left), position - last - 1);
      last = position;
      left -= 1;
    }
  }
}

export interface Postings {
  /** How many positions each term has. */
  readonly counts: Uint32Array;
  /** The positions of all terms, one after the other. */
  readonly positions: Uint32Array;
}

/** What `writePostings` wrote. */
export function readPostings(decoder: AdaptiveDecoder, termCount: number, messageCount: number): Postings {
  const counts = new Uint32Array(termCount);
  let positions = new Uint32Array(termCount * 2);
  let total = 0;
  for (let term = 0; term < termCount; term += 1) {
    const count = decoder.numberUpTo(CONTEXT.count, messageCount - 1) + 1;
    counts[term] = count;
    if (total + count > CAPS.termUnitsPerSegment * 2) throw damaged('has too many words');
    if (total + count > positions.length) {
      const larger = new Uint32Array((total + count) * 2);
      larger.set(positions);
      positions = larger;
    }
    let last = -1;
    for (let left = count; left > 0; left -= 1) {
      last += decoder.number(gapContext(messageCount - last - 1, left)) + 1;
      if (last >= messageCount) throw damaged('names a message it has not');
      positions[total] = last;
      total += 1;
    }
  }
  return { counts, positions: positions.subarray(0, total) };
}

/** Turned round: for each message its terms. */
export function termsByMessage(
  { counts, positions }: Postings,
  messageCount: number,
): { starts: Uint32Array; termsOf: Uint32Array } {
  const starts = new Uint32Array(messageCount + 1);
  for (const position of positions) starts[position + 1]! += 1;
  for (let i = 0; i < messageCount; i += 1) starts[i + 1]! += starts[i]!;
  const free = starts.slice();
  const termsOf = new Uint32Array(positions.length);
  let at = 0;
  counts.forEach((count, term) => {
    for (const end = at + count; at < end; at += 1) {
      const message = positions[at]!;
      termsOf[free[message]!] = term;
      free[message]! += 1;
    }
  });
  return { starts, termsOf };
}

/** What tells most about a unit: the one left of it, and where a term parts from the one before, what stood there. */
function unitContext(left: number, above: number | undefined): number {
  return CONTEXT.unit + (above === undefined ? left * 2 : (above * (MAX_UNIT + 2) + left) * 2 + 1);
}

/** How long the next gap may be expected to be, in bits, and whether it is one of the last. */
function gapContext(messagesLeft: number, positionsLeft: number): number {
  const expected = 32 - Math.clz32(Math.max(1, messagesLeft) / positionsLeft);
  return CONTEXT.gap + expected * 4 + Math.min(positionsLeft, 3);
}

function alphabetOf(terms: readonly string[]): number[] {
  const units = new Set<number>();
  for (const term of terms) for (let at = 0; at < term.length; at += 1) units.add(term.charCodeAt(at));
  return [...units].sort((a, b) => a - b);
}

/** For the end sign and so many letters. */
function bitsFor(letters: number): number {
  return 32 - Math.clz32(letters);
}

function sharedLength(a: string, b: string): number {
  // A term is never a beginning of the one before it, so that less than a whole term is shared.
  const longest = Math.min(a.length, b.length, CAPS.unitsPerTerm - 1);
  let length = 0;
  while (length < longest && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}
