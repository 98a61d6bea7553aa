/** What a folded code point is to the reader of words. */
export type CharacterClass = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export const SEPARATOR = 0;
/** Letters and digits of scripts that put spaces between words. */
export const WORD = 1;
/** A character of a script that does not (or not where one searches): Han, kana, Hangul, Thai. */
export const UNSPACED = 2;
/** Belongs to the unspaced character before it: a vowel or final of Hangul, a voicing mark, a Thai vowel sign. */
export const UNSPACED_TAIL = 3;
/** A pictograph. */
export const EMOJI = 4;
/** Half of a flag. */
export const FLAG_HALF = 5;
/** An apostrophe or a hyphen: within a word it joins. */
export const JOINER = 6;

const LETTER_DIGIT_MARK = /^[\p{L}\p{N}\p{M}]$/u;
const MARK = /^\p{M}$/u;
const UNSPACED_SCRIPT =
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}]$/u;
const PICTOGRAPH = /^\p{Extended_Pictographic}$/u;

const ASCII = Array.from({ length: 0x80 }, (_, codePoint) => computeClass(codePoint));
const known = new Map<number, CharacterClass>();

/** The class of a code point that `foldCodePoint` gave. */
export function classOf(codePoint: number): CharacterClass {
  if (codePoint < 0x80) return ASCII[codePoint]!;
  const before = known.get(codePoint);
  if (before !== undefined) return before;
  const computed = computeClass(codePoint);
  known.set(codePoint, computed);
  return computed;
}

/** Vowels and finals of Hangul and the voicing marks of kana: a term that goes on with one goes on within a character. */
export function continuesCharacter(unit: number): boolean {
  return (unit >= 0x1160 && unit <= 0x11ff) || unit === 0x3099 || unit === 0x309a;
}

function computeClass(codePoint: number): CharacterClass {
  const character = String.fromCodePoint(codePoint);
  if (character === "'" || character === '-') return JOINER;
  if (codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff) return FLAG_HALF;
  if (LETTER_DIGIT_MARK.test(character)) {
    if (!UNSPACED_SCRIPT.test(character)) return WORD;
    return continuesCharacter(codePoint) || MARK.test(character) ? UNSPACED_TAIL : UNSPACED;
  }
  return PICTOGRAPH.test(character) ? EMOJI : SEPARATOR;
}
