import { describe, expect, it } from 'vitest';
import { clockTime, dayName, moment, pastDay, pastMoment, sameDay, shortWhen } from './when.ts';

const at = (day: number, hour = 12, month = 2, year = 2026) => new Date(year, month, day, hour, 5).getTime();
const now = at(18, 15);

describe('when', () => {
  it('names days by how near they are', () => {
    expect(dayName(at(18, 0), now, 'en-GB')).toBe('Today');
    expect(dayName(at(17, 23), now, 'en-GB')).toBe('Yesterday');
    expect(dayName(at(14), now, 'en-GB')).toBe('Saturday');
    expect(dayName(at(11), now, 'en-GB')).toBe('11 March');
    expect(dayName(at(11, 1, 2, 2025), now, 'en-GB')).toBe('11 March 2025');
  });

  it('keeps the list short', () => {
    expect(shortWhen(at(18, 9), now, 'en-GB')).toBe('09:05');
    expect(shortWhen(at(17, 9), now, 'en-GB')).toBe('Tue');
    expect(shortWhen(at(1, 9), now, 'en-GB')).toBe('1 Mar');
  });

  it('says when a link ends as one would', () => {
    expect(moment(at(18, 18), now, 'en-GB')).toBe('today, 18:05');
    expect(moment(at(19, 15), now, 'en-GB')).toBe('tomorrow, 15:05');
    expect(moment(at(25, 15), now, 'en-GB')).toMatch(/^Wednesday,? 25 March, 15:05$/);
  });

  it('says when something was as one would', () => {
    expect(pastMoment(at(18, 9), now, 'en-GB')).toBe('today, 09:05');
    expect(pastMoment(at(17, 9), now, 'en-GB')).toBe('yesterday, 09:05');
    expect(pastMoment(at(14, 9), now, 'en-GB')).toBe('on Saturday, 09:05');
    expect(pastDay(at(18, 23), now, 'en-GB')).toBe('today');
    expect(pastDay(at(17, 9), now, 'en-GB')).toBe('yesterday');
    expect(pastDay(at(14, 9), now, 'en-GB')).toBe('on Saturday');
    expect(pastDay(at(1, 9, 2, 2025), now, 'en-GB')).toBe('on 1 March 2025');
    expect(pastMoment(at(1, 9, 2, 2025), now, 'en-GB')).toBe('on 1 March 2025, 09:05');
  });

  it('follows the language of the person', () => {
    expect(clockTime(at(18, 14), 'en-US')).toMatch(/^2:05.PM$/u);
  });

  it('does not take a short or long day for two', () => {
    for (let day = 1; day <= 31; day++) expect(sameDay(at(day, 0), at(day, 23))).toBe(true);
    expect(sameDay(at(28, 23), at(29, 0))).toBe(false);
  });
});
