import { expect, it } from 'vitest';
import { groupsOf } from './safetyDigits.ts';

it('sixty digits are twelve groups of five, and none is lost', () => {
  const digits = Array.from({ length: 60 }, (_, at) => at % 10).join('');
  expect(groupsOf(digits)).toHaveLength(12);
  expect(groupsOf(digits).every(group => group.length === 5)).toBe(true);
  expect(groupsOf(digits).join('')).toBe(digits);
  expect(groupsOf('01234 56789')).toEqual(['01234', '56789']);
});
