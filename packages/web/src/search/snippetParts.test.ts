import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snippetParts } from './snippetParts.ts';

const drawn = (text: string, marks: readonly (readonly [number, number])[], cutBefore = false) =>
  snippetParts({ text, cutBefore, marks: marks.map(([start, end]) => ({ start, end })) })
    .map(part => (part.marked ? `[${part.text}]` : part.text))
    .join('');

describe('snippetParts', () => {
  it('marks what was found, at the ends as well as within', () => {
    expect(drawn('the 8:12 train', [[4, 8]])).toBe('the [8:12] train');
    expect(drawn('明天见面', [[0, 2]])).toBe('[明天]见面');
    expect(drawn('train', [[0, 5]])).toBe('[train]');
    expect(drawn('nothing of it', [])).toBe('nothing of it');
    expect(drawn('lake road', [[0, 4]], true)).toBe('… [lake] road');
  });

  it('draws overlapping marks as one stretch and leaves out what lies outside', () => {
    expect(
      drawn('overlapping', [
        [4, 8],
        [0, 6],
        [50, 60],
      ]),
    ).toBe('[overla][pp]ing');
  });

  it('never loses, repeats or reorders a character', () => {
    const place = fc.integer({ min: -3, max: 40 });
    fc.assert(
      fc.property(fc.string(), fc.array(fc.record({ start: place, end: place })), (text, marks) => {
        const parts = snippetParts({ text, marks, cutBefore: false });
        expect(parts.map(part => part.text).join('')).toBe(text);
      }),
    );
  });
});
