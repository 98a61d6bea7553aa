import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base62Decode, base62Encode, base62Length } from './base62.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The definition, by BigInt. */
function slowEncode(bytes: Uint8Array): string {
  let value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let text = '';
  for (let i = base62Length(bytes.length); i > 0; i--) {
    text = ALPHABET[Number(value % 62n)] + text;
    value /= 62n;
  }
  return text;
}

const sized = fc.uint8Array({ minLength: 1, maxLength: 33 });

test('encodes as by the definition and decodes again', () => {
  fc.assert(
    fc.property(sized, bytes => {
      const text = base62Encode(bytes);
      expect(text).toBe(slowEncode(bytes));
      expect(base62Decode(text, bytes.length)).toEqual(bytes);
    }),
    { numRuns: 1000 },
  );
});

test('every text has at most one meaning: what decodes encodes to itself', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9A-Za-z]{22}$/), text => {
      const bytes = base62Decode(text, 16);
      if (bytes !== undefined) expect(base62Encode(bytes)).toBe(text);
      else expect(text > '7n42DGM5Tflk9n8mt7Fhc7').toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('the greatest value decodes, the next one does not', () => {
  expect(base62Encode(new Uint8Array(16).fill(0xff))).toBe('7n42DGM5Tflk9n8mt7Fhc7');
  expect(base62Decode('7n42DGM5Tflk9n8mt7Fhc7', 16)).toEqual(new Uint8Array(16).fill(0xff));
  expect(base62Decode('7n42DGM5Tflk9n8mt7Fhc8', 16)).toBeUndefined();
  expect(base62Decode('zzzzzzzzzzzzzzzzzzzzzz', 16)).toBeUndefined();
});

test.each([
  '',
  '0',
  '000000000000000000000-',
  '00000000000000000000é0',
  '0000000000000000000000\n',
  ' '.repeat(22),
])('refuses %j', text => {
  expect(base62Decode(text, 16)).toBeUndefined();
});
