import { expect, test } from 'vitest';
import { TokenBuckets } from './tokenBucket.ts';

test('gives a burst, then as much as time brings, and says how long to wait', () => {
  let nowMs = 1_000;
  const buckets = new TokenBuckets<string>({ burst: 3, perSecond: 2 }, () => nowMs);
  expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 500]);
  expect(buckets.take('b')).toBe(0);
  nowMs += 499;
  expect(buckets.take('a')).toBe(1);
  nowMs += 1;
  expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 500]);
  nowMs += 3_600_000;
  expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 500]);
});

test('what costs more than there is takes nothing', () => {
  const buckets = new TokenBuckets<string>({ burst: 10, perSecond: 1 }, () => 0);
  expect(buckets.take('a', 8)).toBe(0);
  expect(buckets.take('a', 5)).toBe(3_000);
  expect(buckets.take('a', 2)).toBe(0);
});

test('a clock that goes back neither gives nor takes', () => {
  let nowMs = 10_000;
  const buckets = new TokenBuckets<string>({ burst: 2, perSecond: 1 }, () => nowMs);
  buckets.take('a', 2);
  nowMs = 0;
  expect(buckets.take('a')).toBe(1_000);
  nowMs = 1_000;
  expect(buckets.take('a')).toBe(0);
});

test('any number of keys takes a bounded memory, and forgets who was not there for longest', () => {
  const buckets = new TokenBuckets<number>({ burst: 1, perSecond: 0.001 }, () => 0);
  expect(buckets.take(-1)).toBe(0);
  for (let key = 0; key < 9_999; key++) buckets.take(key);
  expect(buckets.take(-1)).toBeGreaterThan(0);
  for (let key = 10_000; key < 19_999; key++) buckets.take(key);
  expect(buckets.size).toBe(10_000);
  expect(buckets.take(-1), 'still remembered').toBeGreaterThan(0);
  expect(buckets.take(5), 'forgotten').toBe(0);
});
