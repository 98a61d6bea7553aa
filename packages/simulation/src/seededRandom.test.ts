import { describe, expect, it } from 'vitest';
import { SeededRandom } from './seededRandom.ts';

const DRAWS = 20_000;

describe('seeded random numbers', () => {
  it('repeats for the same seed and differs for another', () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 8 }, () => random.uint32());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('gives every number below a limit about equally often', () => {
    const random = new SeededRandom(1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < DRAWS; i++) counts[random.below(10)]! += 1;
    for (const count of counts) expect(Math.abs(count - DRAWS / 10)).toBeLessThan(DRAWS / 50);
  });

  it('gives bytes without a pattern', () => {
    const bytes = new SeededRandom(2).bytes(DRAWS);
    const counts = new Array<number>(256).fill(0);
    for (const byte of bytes) counts[byte]! += 1;
    const expected = DRAWS / 256;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 255 degrees of freedom: beyond 330 in one of a thousand.
    expect(chiSquare).toBeLessThan(330);
  });

  it('forks streams that do not depend on what the parent draws', () => {
    const one = new SeededRandom(3);
    const other = new SeededRandom(3);
    other.uint32();
    expect(one.fork('network').uint32()).toBe(other.fork('network').uint32());
    expect(one.fork('network').uint32()).not.toBe(one.fork('store').uint32());
  });

  it('chooses by weight', () => {
    const random = new SeededRandom(4);
    const counts = { often: 0, seldom: 0, never: 0 };
    for (let i = 0; i < DRAWS; i++) counts[random.weighted({ often: 9, seldom: 1, never: 0 })] += 1;
    expect(counts.never).toBe(0);
    expect(counts.often / counts.seldom).toBeGreaterThan(7);
    expect(counts.often / counts.seldom).toBeLessThan(11);
  });
});
