import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoreError } from './errors.ts';
import { padToBucket, unpad } from './padding.ts';
import { expectCode } from './testEnv.fixture.ts';

describe('padding before sealing', () => {
  it('fills up to the bucket and comes off again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), fc.constantFrom(64, 256, 512), (bytes, bucketBytes) => {
        const padded = padToBucket(bytes, bucketBytes);
        expect(padded.length % bucketBytes).toBe(0);
        expect(padded.length - bytes.length).toBeLessThan(bucketBytes + 4);
        expect(unpad(padded)).toEqual(bytes);
      }),
    );
  });

  it('is refused where its length lies, or where it carries anything', () => {
    const padded = padToBucket(Uint8Array.of(1, 2, 3), 64);
    expectCode(() => unpad(padded.with(63, 1)), 'MALFORMED');
    expectCode(() => unpad(padded.with(3, 61)), 'MALFORMED');
    expectCode(() => unpad(padded.with(3, 2)), 'MALFORMED');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), bytes => {
        try {
          expect(unpad(bytes).length).toBeLessThanOrEqual(bytes.length - 4);
        } catch (error) {
          expect(error).toBeInstanceOf(CoreError);
        }
      }),
    );
  });
});
