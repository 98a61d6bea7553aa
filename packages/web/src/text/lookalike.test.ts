import { describe, expect, it } from 'vitest';
import { outline, tagsForLookalikes } from './lookalike.ts';

describe('names that look alike', () => {
  it.each([
    ['Mara', 'Маrа'],
    ['Mara', 'mára '],
    ['Noor', 'N00r'],
    ['Ines', 'lnes'],
    ['ΜARA', 'Mara'],
    ['M ara', 'Mara'],
  ])('%s and %s', (a, b) => expect(outline(a)).toBe(outline(b)));
  it.each([
    ['Mara', 'Maria'],
    ['李', '小'],
    ['Ade', 'Aida'],
  ])('not %s and %s', (a, b) => {
    expect(outline(a)).not.toBe(outline(b));
  });

  it('tags only those that can be mistaken', () => {
    const tags = tagsForLookalikes([
      { id: 'dev_1111aaaa', name: 'Noor' },
      { id: 'dev_2222bbbb', name: 'Nооr' },
      { id: 'dev_3333cccc', name: 'Jonas' },
    ]);
    expect([...tags]).toEqual([
      ['dev_1111aaaa', 'aaaa'],
      ['dev_2222bbbb', 'bbbb'],
    ]);
  });
});
