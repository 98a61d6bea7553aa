import { describe, expect, it } from 'vitest';
import { vanishing } from '../words.ts';
import { timeLeft } from './timeLeft.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('the time that is left of a message', () => {
  it.each([
    [28 * DAY_MS, '4 weeks'],
    [28 * DAY_MS - 1, '4 weeks'],
    [27 * DAY_MS, '27 days'],
    [2 * DAY_MS + 1, '3 days'],
    [2 * DAY_MS, '2 days'],
    [47 * HOUR_MS, '47 hours'],
    [DAY_MS, '1 day'],
    [2 * HOUR_MS + 1, '3 hours'],
    [HOUR_MS + 1, '61 minutes'],
    [HOUR_MS, '1 hour'],
    [90_000, '2 minutes'],
    [60_000, '1 minute'],
    [55_001, '1 minute'],
    [30_000, '30 seconds'],
    [4_000, '5 seconds'],
    [0, '5 seconds'],
    [-3_000, '5 seconds'],
  ])('%i ms: %s', (leftMs, words) => {
    expect(vanishing.lasting(timeLeft(1_000_000 + leftMs, 1_000_000).seconds)).toBe(words);
  });

  it.each([28 * DAY_MS, 3 * HOUR_MS, 90_500, 31_234])('from %i ms on: each says when it changes', fromMs => {
    let leftMs = fromMs;
    for (let i = 0; i < 40 && leftMs > 5_000; i++) {
      const { seconds, lastsMs } = timeLeft(leftMs, 0);
      expect(lastsMs).toBeGreaterThan(0);
      expect(timeLeft(leftMs - lastsMs + 1, 0).seconds).toBe(seconds);
      leftMs -= lastsMs;
      expect(timeLeft(leftMs, 0).seconds).toBeLessThan(seconds);
    }
  });
});
