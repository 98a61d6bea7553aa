import type { DiskImage } from './diskImage.ts';

/** Which of some words stand somewhere in clear, in which form, and where. */
export interface PlainSight {
  readonly word: string;
  readonly form: string;
  readonly place: string;
}

/** As many characters of each word are looked for first; words are longer. */
const HEAD_CHARACTERS = 9;

/** Looks for words of at least ten characters in every form in which software likes to write them down. */
export function plainScan(image: DiskImage, words: readonly string[]): readonly PlainSight[] {
  const byHead = new Map<string, string[]>();
  for (const word of words) {
    const head = word.slice(0, HEAD_CHARACTERS);
    byHead.set(head, [...(byHead.get(head) ?? []), word]);
  }
  const sights: PlainSight[] = [];
  for (const [head, candidates] of byHead) {
    for (const [form, spell] of FORMS) {
      const needle = spell(head);
      const spelled = candidates.map(word => ({ word, bytes: spell(word) }));
      for (const [place, bytes] of image) {
        const seen = new Set<string>();
        for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) {
          for (const { word, bytes: whole } of spelled) {
            if (!seen.has(word) && bytes.subarray(at, at + whole.length).equals(whole)) seen.add(word);
          }
        }
        for (const word of seen) sights.push({ word, form, place });
      }
    }
  }
  return sights;
}

/** The words that were seen at all. */
export function seenIn(sights: readonly PlainSight[]): ReadonlySet<string> {
  return new Set(sights.map(({ word }) => word));
}

const FORMS: readonly (readonly [string, (word: string) => Buffer])[] = [
  ['utf8', word => Buffer.from(word, 'utf8')],
  ['utf16le', word => Buffer.from(word, 'utf16le')],
  ['utf16be', word => Buffer.from(word, 'utf16le').swap16()],
  ['hex', word => Buffer.from(Buffer.from(word).toString('hex'))],
  ['HEX', word => Buffer.from(Buffer.from(word).toString('hex').toUpperCase())],
  ['url', word => Buffer.from(encodeURIComponent(word))],
  ...(['base64', 'base64url'] as const).flatMap(encoding =>
    [0, 1, 2].map(
      shift => [`${encoding} at ${shift}`, (word: string) => inBase64(word, encoding, shift)] as const,
    ),
  ),
];

/** Base64 of a word at one of three alignments, without the digits that depend on its neighbours. */
function inBase64(word: string, encoding: 'base64' | 'base64url', shift: number): Buffer {
  const shifted = Buffer.concat([Buffer.alloc(shift), Buffer.from(word)]);
  const whole = shifted.toString(encoding).replace(/=+$/, '');
  const complete = Math.floor((shifted.length * 8) / 6);
  return Buffer.from(whole.slice(shift === 0 ? 0 : 4, complete));
}
