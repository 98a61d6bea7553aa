/** Letters of Cyrillic, Greek and Armenian, and digits, that are read as a Latin letter: the first of each row. */
function table(rows: readonly string[]): ReadonlyMap<string, string> {
  return new Map(rows.flatMap(row => Array.from(row.slice(1), letter => [letter, row[0]!] as const)));
}

/**
 * A small part of Unicode Technical Standard 39 ("confusables"), for names: what looks the same in common typefaces.
 * Capitals have a table of their own, because some look like another letter than their small ones do.
 */
const CAPITALS = table([
  'aΑА',
  'bΒВ',
  'cСϹ',
  'eΕЕ',
  'hΗН',
  'lIΙІӀ',
  'jЈ',
  'kΚК',
  'mΜМ',
  'nΝ',
  'oΟО',
  'pΡР',
  'sЅ',
  'tΤТ',
  'xΧХ',
  'yΥУҮ',
  'zΖ',
]);
const SMALL = table([
  'aаαɑ',
  'bЬ6',
  'cсϲ',
  'dԁ',
  'eеєҽ3',
  'gɡ9',
  'hһ',
  'liіι1ӏ|!ı',
  'jј',
  'kкκ',
  'mм',
  'nոп',
  'oоοօ0',
  'pрρ',
  'qԛ',
  'rг',
  'sѕ5$',
  'tтτ7',
  'uυս',
  'vѵν',
  'wԝшω',
  'xхχ',
  'yуγү',
  'zᴢ2',
]);
const PAIRS: readonly (readonly [string, string])[] = [
  ['rn', 'm'],
  ['vv', 'w'],
];

/** Words with which the screen itself says what somebody is: nobody may carry them in a name. */
const MARKS = [
  'guest',
  'host',
  'owner',
  'admin',
  'verified',
  'unverified',
  'you',
  'sotto',
  'system',
] as const;
export type MarkWord = (typeof MARKS)[number];

/** What a name takes on. */
export type Posing =
  /** Another's name, or one that is read for it: the place of that one in `others`. */
  | { readonly as: 'person'; readonly place: number }
  /** A mark that the screen gives by itself. */
  | { readonly as: 'mark'; readonly word: MarkWord };

/**
 * What a name is read as: two names with one skeleton look alike. Case, marks, spaces, signs and script do not tell
 * names apart; what is left of a name without letters is its signs as they are.
 */
export function nameSkeleton(name: string): string {
  const plain = name.normalize('NFKD').replace(/\p{M}|\p{Default_Ignorable_Code_Point}/gu, '');
  const letters = plain.replace(/[^\p{L}\p{N}|!$]/gu, '');
  return letters === '' ? plain.trim() : folded(letters);
}

/**
 * Whether a name poses as one of `others` (whom one knows, or who is in the room), or wears a mark of the screen's.
 * A name alone proves nothing either way: the client marks it or refuses it.
 */
export function posesAs(name: string, others: readonly string[]): Posing | undefined {
  const skeleton = nameSkeleton(name);
  const place = others.findIndex(other => nameSkeleton(other) === skeleton);
  if (place >= 0) return { as: 'person', place };
  const words = name.split(/[^\p{L}\p{M}\p{N}|!$]+/u).map(nameSkeleton);
  const worn = MARKS.find(mark => words.includes(nameSkeleton(mark)) || nameSkeleton(mark) === skeleton);
  return worn && { as: 'mark', word: worn };
}

function folded(letters: string): string {
  const single = Array.from(letters, letter => CAPITALS.get(letter) ?? letter.toLowerCase())
    .map(letter => SMALL.get(letter) ?? letter)
    .join('');
  return PAIRS.reduce((text, [pair, letter]) => text.replaceAll(pair, letter), single);
}
