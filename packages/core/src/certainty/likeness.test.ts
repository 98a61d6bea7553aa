import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameSkeleton, posesAs } from './likeness.ts';

const known = ['Mara Silva', 'Noor', '李雷', 'Zoë', '👾'];

describe('threat 34: names that pose as another’s', () => {
  it.each([
    ['Cyrillic', 'Маrа Silva', 0],
    ['Greek capitals', 'ΜΑRΑ SILVA', 0],
    ['full width', 'Ｍａｒａ Ｓｉｌｖａ', 0],
    ['mathematical letters', '𝐌𝐚𝐫𝐚 𝐒𝐢𝐥𝐯𝐚', 0],
    ['digits', 'N00r', 1],
    ['case, spaces and signs', 'm.a.r.a  silva', 0],
    ['capital i for l', 'Mara SiIva', 0],
    ['zero-width characters', 'No\u200bor', 1],
    ['marks', 'Ñóòr', 1],
    ['a bidi override', '\u202eNoor', 1],
    ['without its diaeresis', 'Zoe', 3],
    ['the very same', 'Noor', 1],
    ['signs only', ' 👾', 4],
  ])('%s: %j', (_, name, place) => expect(posesAs(name, known)).toEqual({ as: 'person', place }));

  it.each([
    'Mario Silva',
    'Nora',
    '李',
    '张雷',
    'Zoltan',
    '🎈',
    'Clara',
    'Dara',
    'Guestavo',
    'Yousef',
    'Adminah',
  ])('not %j', name => expect(posesAs(name, known)).toBeUndefined());

  it('are the same whichever of the two came first', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const poses = (name: string, other: string) => posesAs(name, [other])?.as === 'person';
        expect(poses(a, b)).toBe(poses(b, a));
        expect(nameSkeleton(a)).toBe(nameSkeleton(a.normalize('NFD')));
      }),
    );
  });
});

describe('threat 34: names that wear a mark of the screen’s', () => {
  it.each([
    ['Ada (guest)', 'guest'],
    ['GUEST', 'guest'],
    ['Gυest 7', 'guest'],
    ['g u e s t', 'guest'],
    ['Host', 'host'],
    ['Mara · verified', 'verified'],
    ['Аdmin', 'admin'],
    ['You', 'you'],
    ['S0tto', 'sotto'],
  ])('%j', (name, word) => expect(posesAs(name, [])).toEqual({ as: 'mark', word }));
});
