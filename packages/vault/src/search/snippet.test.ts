import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesPhrase, snippetOf } from './index.ts';

/** The snippet with its marks in brackets. */
function marked(text: string, query: string, maxUnits = 80): string {
  const snippet = snippetOf(text, query, maxUnits);
  let shown = '';
  let at = 0;
  for (const { start, end } of snippet.marks) {
    shown += `${snippet.text.slice(at, start)}[${snippet.text.slice(start, end)}]`;
    at = end;
  }
  return shown + snippet.text.slice(at);
}

test.each([
  ['Über den Straßen', 'strasse', 'Über den [Straße]n'],
  ['a meeting tomorrow', 'meetnig', 'a [meeting] tomorrow'],
  ['an e\u0301tude', 'etu', 'an [e\u0301tu]de'],
  ['write an e-mail', 'emai', 'write an [e-mai]l'],
  ['我们在东京都见面', '东京都', '我们在[东京都]见面'],
  ['我们在东京都见面', '京', '我们在东[京]都见面'],
  ['한국어는 어렵다', '한구', '[한국]어는 어렵다'],
  ['ﾗｰﾒﾝを', 'ラーメン', '[ﾗｰﾒﾝ]を'],
  ['קצת שָׁלוֹם לכולם', 'שלום', 'קצת [שָׁלוֹם] לכולם'],
  ['هذا كِتَابٌ جديد', 'كتاب', 'هذا [كِتَابٌ] جديد'],
  ['so 👍🏽 good', '👍', 'so [👍🏽] good'],
  ['a 👨‍👩‍👧 b', '👨', 'a [👨‍👩‍👧] b'],
  ['nothing here', 'absent', 'nothing here'],
])('%s searched for %s', (text, query, wanted) => {
  expect(marked(text, query)).toBe(wanted);
});

test('a long text is shown where the match is, from the beginning of a word', () => {
  const text = `${'before it there was much '.repeat(40)}the needle and ${'then more '.repeat(40)}`;
  const snippet = snippetOf(text, 'needle', 60);
  expect(snippet.text.length).toBeLessThanOrEqual(60);
  expect(snippet.text).toContain('the needle and');
  expect(text[snippet.start - 1]).toBe(' ');
  expect(snippet.marks).toHaveLength(1);
});

test('snippets are pieces of the original, cut and marked between graphemes', () => {
  const unit = fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      ' ',
      'é',
      'e\u0301',
      'ß',
      '東',
      '京',
      '한',
      '국',
      'ش',
      '\u064e',
      'ש\u05c1',
      '👨‍👩‍👧',
      '🇩🇪',
      '👍🏽',
      'ก็',
      '\r\n',
      '-',
      "'",
      '\ud83d',
      '\u200d',
    ),
    fc.string({ unit: 'binary', maxLength: 1 }),
  );
  const said = fc.array(unit, { maxLength: 120 }).map(units => units.join(''));
  fc.assert(
    fc.property(
      said,
      said.map(text => text.slice(0, 6)),
      fc.nat(60),
      fc.integer({ min: 1, max: 60 }),
      (text, other, from, maxUnits) => {
        const boundaries = new Set([text.length]);
        for (const { index } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text))
          boundaries.add(index);
        for (const query of [other, text.slice(from, from + 4)]) {
          const snippet = snippetOf(text, query, maxUnits);
          expect(text.slice(snippet.start, snippet.start + snippet.text.length)).toBe(snippet.text);
          expect(snippet.text.length).toBeLessThanOrEqual(maxUnits);
          let last = 0;
          for (const { start, end } of snippet.marks) {
            expect(start).toBeGreaterThanOrEqual(last);
            expect(end).toBeGreaterThan(start);
            expect(end).toBeLessThanOrEqual(snippet.text.length);
            expect(boundaries.has(snippet.start + start) && boundaries.has(snippet.start + end)).toBe(true);
            last = end;
          }
          expect(boundaries.has(snippet.start) && boundaries.has(snippet.start + snippet.text.length)).toBe(
            true,
          );
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('a word that is there is marked wherever it stands', () => {
  const filler = fc
    .array(fc.constantFrom('lorem', 'ipsum', '東', '👍', 'été'), { maxLength: 60 })
    .map(words => words.join(' '));
  fc.assert(
    fc.property(
      filler,
      fc.constantFrom('needle', 'Straße', '한국어', 'שלום'),
      filler,
      (before, word, after) => {
        const snippet = snippetOf(`${before} ${word} ${after}`, word, 40);
        expect(snippet.marks.map(({ start, end }) => snippet.text.slice(start, end))).toContain(word);
      },
    ),
  );
});

test.each([
  ['we met at the old station', '"the old station"', true],
  ['we met at the old station', '"old the station"', false],
  ['we met at the old station', 'met "the old sta', true],
  ['we met at the old station', 'met "the old sta"', false],
  ['THE  Old—station', '„the old station“', true],
  ['我们在东京都见面', '"东京都"', true],
  ['京都在东京', '"东京都"', false],
  ['no phrase asked for', 'phrase', true],
])('%s has the phrases of %s: %s', (text, query, wanted) => {
  expect(matchesPhrase(text, query)).toBe(wanted);
});
