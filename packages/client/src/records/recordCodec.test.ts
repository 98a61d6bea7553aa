import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeRecord, encodeRecord } from './recordCodec.ts';

it('gives back objects with byte arrays at any depth', () => {
  const leaf = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  );
  const value = fc.dictionary(
    fc.string().filter(key => key !== '$' && key !== '__proto__'),
    fc.oneof(
      leaf,
      fc.array(leaf),
      fc.dictionary(
        fc.string().filter(key => key !== '$' && key !== '__proto__'),
        leaf,
      ),
    ),
  );
  fc.assert(
    fc.property(value, object => {
      const plain = { ...object };
      expect({ ...decodeRecord(encodeRecord(plain)) }).toEqual(JSON_SAFE(plain));
    }),
  );
});

it('reads a record that lies inside a larger buffer', () => {
  const record = encodeRecord({ a: Uint8Array.of(1, 2), b: { c: Uint8Array.of(3) } });
  const buffer = new Uint8Array(record.length + 7);
  buffer.set(record, 5);
  expect(decodeRecord(buffer.subarray(5, 5 + record.length))).toEqual({
    a: Uint8Array.of(1, 2),
    b: { c: Uint8Array.of(3) },
  });
});

/** JSON knows no -0. */
function JSON_SAFE(value: unknown): unknown {
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(JSON_SAFE);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, JSON_SAFE(inner)]));
  }
  return Object.is(value, -0) ? 0 : value;
}
