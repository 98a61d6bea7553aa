// Texts that are distributed like language: word forms by Zipf's law, from a seed.

export const WORD_FORMS = 40_000;

/** Mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ONSETS = 'b c d f g h j k l m n p r s t v w st tr pl gr sch br ch sh th'.split(' ');
export const VOWELS = 'a e i o u ä ö ü ei au ea ou'.split(' ');
const ENDINGS = ['', '', 's', 'e', 'en', 'er', 'ed', 'ing', 'est', 'ly', 'ung', 'es'];

export interface MadeUpText {
  /** All word forms, the most frequent first. */
  readonly forms: readonly string[];
  readonly word: () => string;
  readonly messageText: () => string;
  readonly below: (limit: number) => number;
  readonly oneOf: <T>(list: readonly T[]) => T;
}

export function madeUpText(random: () => number): MadeUpText {
  const below = (limit: number): number => Math.floor(random() * limit);
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;

  function syllables(count: number): string {
    return Array.from({ length: count }, () => oneOf(ONSETS) + oneOf(VOWELS)).join('');
  }

  /** Word forms, the most frequent and shortest first: stems of one to four syllables with endings. */
  function wordForms(): string[] {
    const forms = new Set<string>();
    while (forms.size < 150) forms.add(random() < 0.5 ? oneOf(VOWELS) + oneOf(ONSETS) : syllables(1));
    while (forms.size < WORD_FORMS) {
      const stem = syllables(forms.size < 2_000 ? 2 : 2 + below(3)) + (random() < 0.5 ? oneOf(ONSETS) : '');
      const count = 1 + below(4);
      for (let i = 0; i < count; i += 1) forms.add(stem + oneOf(ENDINGS));
    }
    return [...forms].slice(0, WORD_FORMS);
  }

  const forms = wordForms();
  const weights = new Float64Array(WORD_FORMS);
  let total = 0;
  for (let i = 0; i < WORD_FORMS; i += 1) {
    total += 1 / (i + 1);
    weights[i] = total;
  }

  /** A word by Zipf's law: the n-th form comes 1/n as often as the first. */
  function word(): string {
    const wanted = random() * total;
    let low = 0;
    let high = WORD_FORMS - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (weights[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return forms[low]!;
  }

  /** A message of some eleven words, most shorter, with capitals, stops, and now and then a number, an address or an emoji. */
  function messageText(): string {
    const count = Math.max(1, Math.round(-Math.log(1 - random()) * 11));
    const words = Array.from({ length: count }, word);
    words[0] = words[0]!.charAt(0).toUpperCase() + words[0]!.slice(1);
    if (random() < 0.05) words.push(String(below(10_000)));
    if (random() < 0.02) words.push(`https://${word()}.example/${word()}/${below(1_000)}`);
    if (random() < 0.1) words.push(oneOf(['😂', '👍', '❤️', '🎉', '😅']));
    return words.join(' ') + oneOf(['', '.', '?', '!']);
  }

  return { forms, word, messageText, below, oneOf };
}
