import { expect, test } from 'vitest';
import { ShortLived } from './shortLived.ts';

const key = (n: number) => Uint8Array.of(n);

function shortLived(maxCount = 3) {
  const clock = { nowMs: 0 };
  const values = new ShortLived<string>({ lifetimeMs: 60_000, maxCount, nowMs: () => clock.nowMs });
  return { clock, values };
}

test('a value is handed out once', () => {
  const { values } = shortLived();
  values.put(key(1), 'one');
  expect(values.take(key(1))?.value).toBe('one');
  expect(values.take(key(1))).toBeUndefined();
});

test('a value is gone when its time is over', () => {
  const { values, clock } = shortLived();
  values.put(key(1), 'one');
  clock.nowMs = 59_999;
  values.put(key(2), 'two');
  clock.nowMs = 60_000;
  expect(values.take(key(1))).toBeUndefined();
  expect(values.take(key(2))?.value).toBe('two');
});

test('the oldest goes when there are too many', () => {
  const { values } = shortLived(3);
  for (const n of [1, 2, 3, 4]) values.put(key(n), String(n));
  expect(values.size).toBe(3);
  expect([1, 2, 3, 4].map(n => values.take(key(n))?.value)).toEqual([undefined, '2', '3', '4']);
});

test('what is put back lives no longer than it would have', () => {
  const { values, clock } = shortLived();
  values.put(key(1), 'one');
  clock.nowMs = 30_000;
  values.put(key(2), 'two');
  values.putBack(key(1), values.take(key(1))!);
  clock.nowMs = 59_999;
  const held = values.take(key(1))!;
  expect(held.value).toBe('one');
  values.putBack(key(1), held);
  clock.nowMs = 60_000;
  expect(values.take(key(1))).toBeUndefined();
  expect(values.take(key(2))?.value).toBe('two');
});

test('some can be forgotten at once', () => {
  const { values } = shortLived();
  for (const n of [1, 2, 3]) values.put(key(n), String(n));
  values.forget(value => value === '2');
  expect([1, 2, 3].map(n => values.take(key(n))?.value)).toEqual(['1', undefined, '3']);
});
