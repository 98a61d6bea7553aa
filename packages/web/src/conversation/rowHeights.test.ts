import { describe, expect, it } from 'vitest';
import { RowHeights } from './rowHeights.ts';

function rows(count: number, offset = 0): readonly { readonly key: string }[] {
  return Array.from({ length: count }, (_, i) => ({ key: `row ${i + offset}` }));
}

describe('RowHeights', () => {
  it('counts distances from the end', () => {
    const heights = new RowHeights(50);
    heights.setRows(rows(4));
    heights.measure('row 3', 20);
    heights.measure('row 2', 100);
    expect([0, 1, 2, 3].map(i => heights.lowerEdge(i))).toEqual([170, 120, 20, 0]);
    expect(heights.upperEdge(0)).toBe(220);
    expect(heights.totalPx).toBe(220);
  });

  it('does not move what is below when older rows come in above', () => {
    const heights = new RowHeights(50);
    heights.setRows(rows(10, 100));
    const before = heights.lowerEdge(4);
    heights.setRows([...rows(100), ...rows(10, 100)]);
    expect(heights.lowerEdge(104)).toBe(before);
  });

  it('finds the rows of a band, to the ends of the log', () => {
    const heights = new RowHeights(10);
    heights.setRows(rows(100));
    expect(heights.rowsBetween(0, 45)).toEqual({ first: 95, last: 100 });
    expect(heights.rowsBetween(500, 545)).toEqual({ first: 45, last: 50 });
    expect(heights.rowsBetween(970, 5_000)).toEqual({ first: 0, last: 3 });
    expect(heights.rowsBetween(-300, 5)).toEqual({ first: 99, last: 100 });
    heights.setRows([]);
    expect(heights.rowsBetween(0, 100)).toEqual({ first: 0, last: 0 });
    expect(heights.totalPx).toBe(0);
  });

  it('says whether a measurement is news, so that drawing settles', () => {
    const heights = new RowHeights(10);
    heights.setRows(rows(3));
    expect(heights.measure('row 0', 30)).toBe(true);
    expect(heights.measure('row 0', 30.2)).toBe(false);
    expect(heights.totalPx).toBe(50);
  });

  it('keeps every band to few rows, in a log of 100,000', () => {
    const heights = new RowHeights(40);
    heights.setRows(rows(100_000));
    for (let i = 0; i < 500; i++) heights.measure(`row ${i * 7}`, 30 + (i % 90));
    for (let distance = 0; distance < heights.totalPx; distance += 100_003) {
      const { first, last } = heights.rowsBetween(distance, distance + 800);
      expect(last - first).toBeGreaterThan(0);
      expect(last - first).toBeLessThan(40);
      expect(heights.lowerEdge(last - 1)).toBeLessThanOrEqual(distance);
      expect(heights.upperEdge(first)).toBeGreaterThanOrEqual(Math.min(distance + 800, heights.totalPx));
    }
  });
});
