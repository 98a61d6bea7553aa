import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from './errors.ts';
import { Handle, handleSkeleton, isReservedHandle } from './handle.ts';

const handles = fc.stringMatching(/^[a-z][a-z0-9]{2,8}([._-][a-z0-9]{1,6}){0,3}$/).map(Handle.parse);

describe('a handle', () => {
  test.each(['mara', 'a1b', 'mara.k', 'ma_ra-k.2', 'a'.repeat(32)])('%s', text => {
    expect(Handle.parse(text)).toBe(text);
    expect(Handle.is(text)).toBe(true);
  });

  test.each([
    ['too short', 'ab'],
    ['too long', 'a'.repeat(33)],
    ['empty', ''],
    ['only an @', '@'],
    ['two @', '@@mara'],
    ['a digit first', '1mara'],
    ['a separator first', '.mara'],
    ['a separator last', 'mara-'],
    ['two separators', 'ma..ra'],
    ['two different separators', 'ma._ra'],
    ['a space', 'ma ra'],
    ['a line end', 'mara\n'],
    ['a Cyrillic letter', 'm\u0430ra'],
    ['a full-width letter', '\uff4dara'],
    ['an accent', 'mára'],
    ['a combining accent', 'ma\u0301ra'],
    ['a direction mark', 'mara\u202e'],
    ['a zero-width space', 'ma\u200bra'],
    ['the Kelvin sign, which lower-cases to k', '\u212aarin'],
    ['the dotted capital I', '\u0130ris'],
  ])('is not %s', (_what, text) => {
    expect(() => Handle.parse(text)).toThrow(ProtocolError);
    expect(Handle.is(text)).toBe(false);
  });

  test('is read as it was meant: with an @, with capitals', () => {
    expect(Handle.parse('@Mara.K')).toBe('mara.k');
    expect(Handle.is('@mara')).toBe(false);
    expect(Handle.is('Mara')).toBe(false);
  });

  test('parse is its own inverse, and takes plain ASCII only, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), handles), text => {
        let handle: Handle;
        try {
          handle = Handle.parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          return;
        }
        expect(Handle.parse(handle)).toBe(handle);
        expect(Handle.parse(`@${handle.toUpperCase()}`)).toBe(handle);
        expect(handle).toMatch(/^[a-z0-9._-]{3,32}$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('threat 34: handles that look alike have one skeleton', () => {
  test.each([
    ['mara', 'ma.ra'],
    ['ma-ra', 'ma_ra'],
    ['paul', 'pau1'],
    ['paul', 'paui'],
    ['paul', 'pauj'],
    ['oscar', 'osc.ar'],
    ['bob', 'b0b'],
    ['bob', 'bo8'],
    ['sven', 's.v.e.n'],
    ['lisa', 'li5a'],
    ['liz', 'li2'],
    ['morn', 'mom'],
    ['mor.n', 'mom'],
    ['vvilma', 'wilma'],
    ['david', 'clavid'],
    ['david', 'ciavid'],
    ['marcin', 'marcln'],
    ['greg', 'qre9'],
  ])('%s and %s', (one, other) => {
    expect(handleSkeleton(Handle.parse(one))).toBe(handleSkeleton(Handle.parse(other)));
  });

  test.each([
    ['mara', 'maro'],
    ['anna', 'ana'],
    ['mara6', 'mara8'],
    ['paul', 'paula'],
    ['tom', 'tim'],
  ])('%s and %s are two', (one, other) => {
    expect(handleSkeleton(Handle.parse(one))).not.toBe(handleSkeleton(Handle.parse(other)));
  });

  test('a separator more or less, or one look-alike for another, changes no skeleton', () => {
    const swaps: readonly (readonly [string, string])[] = [
      ['0', 'o'],
      ['1', 'l'],
      ['i', 'l'],
      ['5', 's'],
      ['rn', 'm'],
      ['vv', 'w'],
      ['cl', 'd'],
      ['ci', 'd'],
    ];
    fc.assert(
      fc.property(handles, fc.constantFrom(...swaps), (handle, [from, to]) => {
        for (const text of [handle.replace(/[._-]/g, ''), handle.replaceAll(from, to)]) {
          if (Handle.is(text)) expect(handleSkeleton(text)).toBe(handleSkeleton(handle));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('folding what was folded changes nothing', () => {
    fc.assert(
      fc.property(handles, handle => {
        const skeleton = handleSkeleton(handle);
        if (Handle.is(skeleton)) expect(handleSkeleton(skeleton)).toBe(skeleton);
      }),
    );
  });
});

describe('threat 34: nobody registers a handle that speaks for Sotto', () => {
  test.each([
    'admin',
    'adm1n',
    'm0d3rat0r',
    'ad.min',
    'admin7',
    'sotto',
    's0tto',
    'sotto-team',
    'the.sotto',
    'sotto_support',
    'guest',
    'guest-42',
    'gue5t',
    'system',
    'support',
    'supp0rt24',
    'security',
    'moderator',
    'official.mara',
    'host',
    'help2',
    'root',
    'relay',
    'everyone',
  ])('%s', text => {
    expect(isReservedHandle(Handle.parse(text))).toBe(true);
  });

  test.each([
    'mara',
    'adminah',
    'hosta',
    'helpful',
    'rooty',
    'modern',
    'sottovoce',
    'guesthouse',
    'systematic',
  ])('%s is free', text => {
    expect(isReservedHandle(Handle.parse(text))).toBe(false);
  });
});
