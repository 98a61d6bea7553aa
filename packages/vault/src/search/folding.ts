/**
 * Folding makes letters equal that people do not tell apart when they search: upper and lower case, accents, Arabic and
 * Hebrew points, wide and narrow forms. It works on each code point alone, so that `fold(a + b) = fold(a) + fold(b)`:
 * what is typed so far folds to the beginning of what the whole word folds to, and every folded letter has one place in
 * the original.
 */

/**
 * Marks that do not tell words apart, and what has no shape: code points from, to. Other marks stay: vowel signs of
 * Indic scripts and of Thai, the voicing of kana.
 */
const IGNORED: readonly (readonly [number, number])[] = [
  [0x0300, 0x036f],
  [0x0483, 0x0489],
  // Hebrew points and accents; between them stand maqaf and other punctuation.
  [0x0591, 0x05bd],
  [0x05bf, 0x05bf],
  [0x05c1, 0x05c2],
  [0x05c4, 0x05c5],
  [0x05c7, 0x05c7],
  // Arabic signs, tatweel, harakat, the hamza and madda of NFKD.
  [0x0610, 0x061a],
  [0x0640, 0x0640],
  [0x064b, 0x065f],
  [0x0670, 0x0670],
  [0x06d6, 0x06dc],
  [0x06df, 0x06e8],
  [0x06ea, 0x06ed],
  // Syriac vowels.
  [0x0730, 0x074a],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x20d0, 0x20ff],
  [0xfe20, 0xfe2f],
  // Variation selectors.
  [0xfe00, 0xfe0f],
  [0xe0100, 0xe01ef],
];

/** Soft hyphen, joiners, bidi controls. */
const INVISIBLE = /^\p{Cf}$/u;

/** Letters that the Unicode normal forms keep apart. */
const ALIKE = new Map<string, string>(
  Object.entries({
    ß: 'ss',
    ı: 'i',
    æ: 'ae',
    œ: 'oe',
    ø: 'o',
    ł: 'l',
    đ: 'd',
    ð: 'd',
    þ: 'th',
    ħ: 'h',
    ŧ: 't',
    ς: 'σ',
    ٱ: 'ا',
    ى: 'ي',
    ی: 'ي',
    ے: 'ي',
    ک: 'ك',
    ة: 'ه',
    ہ: 'ه',
    '’': "'",
    '‘': "'",
    ʼ: "'",
    ʻ: "'",
    '׳': "'",
    '״': "'",
    '־': '-',
    '‐': '-',
    '‑': '-',
  }),
);

const DECIMAL_DIGIT = /^\p{Nd}$/u;
const KATAKANA_TO_HIRAGANA = 0x60;

const known = new Map<number, string>();

/** What one code point folds to: nothing, or a few code points (never more than 18). */
export function foldCodePoint(codePoint: number): string {
  if (codePoint < 0x80) return String.fromCharCode(isUpper(codePoint) ? codePoint + 32 : codePoint);
  const before = known.get(codePoint);
  if (before !== undefined) return before;
  const folded = computeFold(codePoint);
  known.set(codePoint, folded);
  return folded;
}

function computeFold(codePoint: number): string {
  const plain = String.fromCodePoint(codePoint).normalize('NFKD').toLowerCase().normalize('NFKD');
  let folded = '';
  for (const letter of plain) {
    if (!isIgnored(letter)) folded += ALIKE.get(letter) ?? foldScript(letter);
  }
  return folded;
}

function isIgnored(letter: string): boolean {
  const codePoint = letter.codePointAt(0)!;
  return INVISIBLE.test(letter) || IGNORED.some(([from, to]) => codePoint >= from && codePoint <= to);
}

function foldScript(letter: string): string {
  const codePoint = letter.codePointAt(0)!;
  if (codePoint >= 0x30a1 && codePoint <= 0x30f6)
    return String.fromCharCode(codePoint - KATAKANA_TO_HIRAGANA);
  return DECIMAL_DIGIT.test(letter) ? String(digitValue(codePoint)) : letter;
}

/** Decimal digits stand in unbroken runs of ten, zero first. */
function digitValue(codePoint: number): number {
  let zero = codePoint;
  while (codePoint - zero < 9 && DECIMAL_DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
  // Runs that touch (mathematical digits) are folded by NFKD before they come here.
  return codePoint - zero;
}

function isUpper(codePoint: number): boolean {
  return codePoint >= 0x41 && codePoint <= 0x5a;
}
