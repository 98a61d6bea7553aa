import { expect, it } from 'vitest';
import { BoundedCache } from './boundedCache.ts';

it('keeps what is asked for, forgets the rest, and never grows past two generations', () => {
  const cache = new BoundedCache<number>(4);
  cache.set('wanted', -1);
  for (let at = 0; at < 100; at += 1) {
    cache.set(`stranger ${at}`, at);
    expect(cache.get('wanted')).toBe(-1);
    expect(cache.size).toBeLessThanOrEqual(8);
  }
  expect(cache.get('stranger 99')).toBe(99);
  expect(cache.get('stranger 0')).toBeUndefined();
});
