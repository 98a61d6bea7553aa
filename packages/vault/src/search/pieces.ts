import {
  type CharacterClass,
  classOf,
  EMOJI,
  FLAG_HALF,
  JOINER,
  SEPARATOR,
  UNSPACED,
  UNSPACED_TAIL,
  WORD,
} from './characterClass.ts';
import { foldCodePoint } from './folding.ts';

/** The smallest thing that is read as one: a word between separators, one character of an unspaced script, an emoji. */
export interface Piece {
  readonly kind: 'word' | 'unspaced' | 'emoji';
  /** Folded. */
  readonly text: string;
  /** Where it stands in the original, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** What lies between it and the piece before: nothing, an apostrophe or hyphen, or anything else. */
  readonly joint: 'none' | 'joiner' | 'gap';
}

const ZERO_WIDTH_JOINER = 0x200d;
const LAST_SKIN_TONE = 0x1f3ff;
const FIRST_SKIN_TONE = 0x1f3fb;

/** The pieces of a text's first `unitsLimit` UTF-16 units, in their order. Linear. */
export function piecesOf(text: string, unitsLimit: number): Piece[] {
  const reader = new PieceReader();
  const end = Math.min(text.length, unitsLimit);
  for (let at = 0; at < end; ) {
    const codePoint = text.codePointAt(at)!;
    const next = at + (codePoint > 0xffff ? 2 : 1);
    const wordEnd = asciiWordEnd(text, at, end);
    if (wordEnd > at) {
      reader.readWord(text.slice(at, wordEnd).toLowerCase(), at, wordEnd);
      at = wordEnd;
      continue;
    }
    if (codePoint === ZERO_WIDTH_JOINER) reader.glueEmoji();
    else if (codePoint < FIRST_SKIN_TONE || codePoint > LAST_SKIN_TONE || !reader.afterEmoji()) {
      for (const letter of foldCodePoint(codePoint)) reader.read(letter, at, next);
    }
    at = next;
  }
  return reader.finish();
}

/** Where the ASCII letters and digits from a place on end: most of most texts, and folded by lower case alone. */
function asciiWordEnd(text: string, from: number, end: number): number {
  let at = from;
  for (; at < end; at += 1) {
    const unit = text.charCodeAt(at);
    const letter = unit | 0x20;
    if (!(letter >= 0x61 && letter <= 0x7a) && !(unit >= 0x30 && unit <= 0x39)) break;
  }
  return at;
}

class PieceReader {
  readonly #pieces: Piece[] = [];
  #class: CharacterClass = SEPARATOR;
  #text = '';
  #start = 0;
  #end = 0;
  #joint: Piece['joint'] = 'gap';
  #glued = false;

  read(letter: string, start: number, end: number): void {
    const codePoint = letter.codePointAt(0)!;
    const kind = classOf(codePoint);
    if (kind === SEPARATOR || kind === JOINER) {
      this.#close();
      // One apostrophe or hyphen joins two words; a second one, or any other sign, parts them.
      this.#joint = kind === JOINER && this.#joint === 'none' ? 'joiner' : 'gap';
      return;
    }
    if (!this.#goesOn(kind)) {
      this.#close();
      this.#class = kind === UNSPACED_TAIL ? UNSPACED : kind;
      this.#start = start;
    } else if (this.#class === FLAG_HALF) this.#class = EMOJI;
    this.#text += letter;
    this.#end = end;
    this.#glued = false;
  }

  /** Letters and digits of a word that follow each other, folded. */
  readWord(letters: string, start: number, end: number): void {
    if (this.#text === '' || this.#class !== WORD) {
      this.#close();
      this.#class = WORD;
      this.#start = start;
    }
    this.#text += letters;
    this.#end = end;
    this.#glued = false;
  }

  /** A zero-width joiner: the emoji after it belongs to the one before it. */
  glueEmoji(): void {
    this.#glued = this.#class === EMOJI;
  }

  afterEmoji(): boolean {
    return this.#class === EMOJI;
  }

  finish(): Piece[] {
    this.#close();
    return this.#pieces;
  }

  #goesOn(kind: CharacterClass): boolean {
    if (this.#text === '') return false;
    if (kind === WORD) return this.#class === WORD;
    if (kind === UNSPACED_TAIL) return this.#class === UNSPACED;
    if (kind === EMOJI) return this.#class === EMOJI && this.#glued;
    return kind === FLAG_HALF && this.#class === FLAG_HALF;
  }

  #close(): void {
    if (this.#text === '') return;
    const kind = this.#class === WORD ? 'word' : this.#class === UNSPACED ? 'unspaced' : 'emoji';
    this.#pieces.push({ kind, text: this.#text, start: this.#start, end: this.#end, joint: this.#joint });
    this.#text = '';
    this.#class = SEPARATOR;
    this.#joint = 'none';
    this.#glued = false;
  }
}
