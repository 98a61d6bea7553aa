import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from './bytes.ts';
import { CoreError } from './errors.ts';
import { cleanName, cleanTitle } from './names.ts';
import { expectCode } from './testEnv.fixture.ts';

describe('names', () => {
  it.each([
    ['  Ada   Lovelace ', 'Ada Lovelace'],
    ['Zoe\u0308', 'Zo\u00eb'],
    ['line\nbreak', 'line break'],
    ['\u05d3\u05e0\u05d4', '\u05d3\u05e0\u05d4'],
    ['\u738b\u5c0f\u660e \u{1f600}', '\u738b\u5c0f\u660e \u{1f600}'],
  ])('%j is shown as %j', (typed, shown) => expect(cleanName(typed)).toBe(shown));

  it.each([
    ['right-to-left override', 'Ada\u202etsoH'],
    ['isolate', '\u2067Ada\u2069'],
    ['zero-width space', 'A\u200bd\u200ba'],
    ['zero-width joiner', 'A\u200dda'],
    ['byte order mark', '\ufeffAda'],
    ['soft hyphen', 'A\u00adda'],
    ['variation selector', 'A\ufe0fda'],
    ['tag characters', 'Ada\u{e0048}\u{e006f}'],
    ['Hangul filler', '\u3164Ada'],
    ['null', 'A\0da'],
    ['lone surrogate', 'A\ud800da'],
  ])('threat 34: %s does not survive', (_, typed) => {
    expect(cleanName(typed)).toMatch(/^Ada(tsoH)?$/);
  });

  it('threat 34: stacked marks cannot paint over the lines around', () => {
    expect(cleanName(`A${'\u0336'.repeat(50)}`)).toBe(`A${'\u0336'.repeat(4)}`);
  });

  it('refuses a name of which nothing can be seen', () => {
    for (const typed of ['', '   ', '\u200b\u200d', '\u3164', '\u2800']) {
      expectCode(() => cleanName(typed), 'BAD_NAME', { reason: 'empty' });
    }
  });

  it('refuses more than 128 bytes, titles more than 256', () => {
    expect(cleanName('a'.repeat(128))).toHaveLength(128);
    expectCode(() => cleanName('a'.repeat(129)), 'BAD_NAME', { reason: 'too-long', limitBytes: 128 });
    expectCode(() => cleanName('\u738b'.repeat(43)), 'BAD_NAME', { reason: 'too-long' });
    expectCode(() => cleanTitle('a'.repeat(257)), 'BAD_NAME', { limitBytes: 256 });
    expect(cleanTitle('')).toBe('');
  });

  it('cleans once and for all, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), typed => {
        try {
          const shown = cleanName(typed);
          expect(cleanName(shown)).toBe(shown);
          expect(utf8(shown).length).toBeLessThanOrEqual(128);
          expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        } catch (error) {
          expect(error).toBeInstanceOf(CoreError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('threat 51: a megabyte of marks is refused at once', () => {
    expectCode(() => cleanName(`a${'\u0301'.repeat(1_000_000)}`), 'BAD_NAME', { reason: 'too-long' });
  });
});
