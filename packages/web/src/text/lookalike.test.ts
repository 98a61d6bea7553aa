import { describe, expect, it } from 'vitest';
import { tagsForLookalikes } from './lookalike.ts';

describe('names that look alike', () => {
  const tagged = (a: string, b: string) =>
    tagsForLookalikes([
      { id: 'dev_1111aaaa', name: a },
      { id: 'dev_2222bbbb', name: b },
    ]).size;
  it.each([
    ['Mara', 'Маrа'],
    ['Mara', 'mára '],
    ['Noor', 'N00r'],
    ['Ines', 'lnes'],
    ['ΜARA', 'Mara'],
    ['M ara', 'Mara'],
    ['Bernd', 'Bemd'],
  ])('%s and %s', (a, b) => expect(tagged(a, b)).toBe(2));
  it.each([
    ['Mara', 'Maria'],
    ['李', '小'],
    ['Ade', 'Aida'],
  ])('not %s and %s', (a, b) => expect(tagged(a, b)).toBe(0));

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
