import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paddedContentBytes } from './contentPadding.ts';

describe('threat 27: padding of contents', () => {
  it.each([
    [0, 256],
    [1, 256],
    [256, 256],
    [257, 512],
    [5_000, 8_192],
    [16_384, 16_384],
    [16_385, 32_768],
    [65_536, 65_536],
  ])('%i bytes become %i', (content, padded) => expect(paddedContentBytes(content)).toBe(padded));

  it('has few sizes, never too small, never more than twice the content beyond the first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 257, max: 250_000 }), content => {
        const padded = paddedContentBytes(content);
        expect(padded).toBeGreaterThanOrEqual(content);
        expect(padded).toBeLessThan(content * 2);
        expect(paddedContentBytes(padded)).toBe(padded);
      }),
    );
  });
});
