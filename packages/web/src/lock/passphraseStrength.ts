export type Strength = 'short' | 'weak' | 'fair' | 'strong';

/** What a word of a language is worth, when it was picked by chance: one of some four thousand. */
const WORD_BITS = 12;
const LETTER_BITS = 4.7;
const DIGIT_BITS = 3.3;
const OTHER_BITS = 5;
/** Runs of letters up to here are taken for a word. */
const WORD_LETTERS = 12;

const FAIR_BITS = 36;
const STRONG_BITS = 55;

/**
 * How hard a passphrase is to guess for a computer that knows words, repetitions and rows of keys: a rough estimate on
 * the careful side, to be said in words. `leastCharacters` is what makes it `short`.
 */
export function strengthOf(passphrase: string, leastCharacters: number): Strength {
  const plain = passphrase.normalize('NFKC').trim();
  if (Array.from(plain).length < leastCharacters) return 'short';
  const bits = bitsOf(plain);
  if (bits < FAIR_BITS) return 'weak';
  return bits < STRONG_BITS ? 'fair' : 'strong';
}

function bitsOf(text: string): number {
  const runs = text.match(/\p{L}+|\p{N}+|[^\p{L}\p{N}]+/gu) ?? [];
  const seen = new Set<string>();
  let bits = 0;
  for (const run of runs) {
    const folded = run.toLowerCase();
    // The same again is one choice more, not another word.
    bits += seen.has(folded) ? 1 : runBits(run, folded);
    seen.add(folded);
  }
  return bits;
}

function runBits(run: string, folded: string): number {
  const count = unforeseen(folded);
  if (/^\p{N}/u.test(run)) return count * DIGIT_BITS;
  // Blanks and hyphens between words are what everybody puts there.
  if (!/^\p{L}/u.test(run)) return /^[\s\-_.,]$/u.test(run) ? 0.5 : count * OTHER_BITS;
  const capitals = /\p{Lu}/u.test(run.slice(1)) ? 2 : 0;
  // A sign of Chinese or Japanese is more than a letter.
  if (/\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(run)) return count * (LETTER_BITS + 3);
  const asLetters = count * LETTER_BITS;
  const asWord = WORD_BITS + Math.max(0, Array.from(run).length - WORD_LETTERS) * LETTER_BITS;
  return Math.min(asLetters, asWord) + capitals;
}

/** Characters that do not follow from the one before: not the same, not its neighbour in the alphabet or on the keys. */
function unforeseen(run: string): number {
  const characters = Array.from(run);
  return characters.filter((character, at) => {
    const before = characters[at - 1];
    if (before === undefined) return true;
    const step = character.codePointAt(0)! - before.codePointAt(0)!;
    return Math.abs(step) > 1 && !KEY_ROWS.some(row => row.includes(before + character));
  }).length;
}

const KEY_ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertzuiop', 'yxcvbnm', 'azertyuiop'];
