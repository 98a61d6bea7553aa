import { describe, expect, it } from 'vitest';
import { eventMarkup } from './pageWords.ts';

describe('what an exported page says of disappearing messages', () => {
  const said = (seconds: number, self = true) =>
    eventMarkup({ type: 'timer', by: { deviceId: 'd', name: 'Mara <b>' }, seconds, self });

  it.each([
    [5, '5 seconds'],
    [3_600, '1 hour'],
    [5_400, '90 minutes'],
    [86_400, '1 day'],
    [4 * 604_800, '4 weeks'],
  ])('after %i seconds: %s', (seconds, words) => {
    expect(said(seconds)).toBe(`You set new messages to disappear ${words} after they are read`);
  });

  it('by whom, without what a name would do to the page; and that they no longer do', () => {
    expect(said(60, false)).toMatch(/^<bdi>Mara &lt;b(?:&gt;|>)<\/bdi> set new messages/);
    expect(said(0)).toBe('You turned disappearing messages off');
  });
});
