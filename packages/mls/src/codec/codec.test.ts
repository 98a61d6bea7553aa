import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MlsError } from '../errors.ts';
import { describeVectors } from '../testVectors.ts';
import {
  constant,
  decode,
  encode,
  enumeration,
  opaque,
  optional,
  struct,
  uint8,
  uint16,
  uint32,
  uint64,
  vector,
} from './codec.ts';
import { MAX_INPUT_BYTES, Reader } from './reader.ts';
import { Writer } from './writer.ts';

const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16));

const sample = struct({
  small: uint8,
  medium: uint16,
  large: uint32,
  huge: uint64,
  data: opaque,
  list: vector(opaque),
  maybe: optional(uint16),
  kind: enumeration(uint8, { one: 1, two: 2 }, 'kind'),
});

const anySample = fc.record({
  small: fc.integer({ min: 0, max: 0xff }),
  medium: fc.integer({ min: 0, max: 0xffff }),
  large: fc.integer({ min: 0, max: 0xffff_ffff }),
  huge: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  data: fc.uint8Array({ maxLength: 300 }),
  list: fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }),
  maybe: fc.option(fc.integer({ min: 0, max: 0xffff }), { nil: undefined }),
  kind: fc.constantFrom('one' as const, 'two' as const),
});

describeVectors('mls/deserialization.json', 'mlswg/mls-implementations', data => {
  it.each(data as { vlbytes_header: string; length: number }[])('length $length', vectorCase => {
    expect(new Reader(fromHex(vectorCase.vlbytes_header)).vectorLength()).toBe(vectorCase.length);
    const writer = new Writer();
    writer.vectorLength(vectorCase.length);
    expect(writer.finish()).toEqual(fromHex(vectorCase.vlbytes_header));
  });
});

describe('codec', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(anySample, value => {
        expect(decode(sample, encode(sample, value))).toEqual(value);
      }),
    );
  });

  it('answers random bytes with a value that encodes to them, or with MlsError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        try {
          expect(encode(sample, decode(sample, bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MlsError);
        }
      }),
    );
  });

  it.each([
    ['a truncated number', '00', uint16],
    ['a vector longer than the input', '05aabb', opaque],
    ['a length that needs fewer bytes', '4001aa', opaque],
    ['a four-byte length that needs fewer bytes', '80000001aa', opaque],
    ['the prefix 11', 'c0000000', opaque],
    ['a presence octet of 2', '02', optional(uint16)],
    ['another value than the constant', '02', constant(uint8, 1, 'version')],
    ['an unknown enumeration value', '03', enumeration(uint8, { one: 1 }, 'kind')],
    ['trailing bytes', '0000ff', uint16],
    ['an element cut off by its vector', '03000100', vector(uint16)],
  ])('refuses %s', (_, hex, codec) => {
    expect(() => decode<unknown>(codec as never, fromHex(hex))).toThrowError(
      expect.objectContaining({ code: 'MALFORMED' }),
    );
  });

  it('refuses input over the cap before reading it', () => {
    expect(() => new Reader(new Uint8Array(MAX_INPUT_BYTES + 1))).toThrowError(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });

  it('refuses the prefix 11 by itself, and a length that no header can say', () => {
    expect(() => new Reader(fromHex('c0000000')).vectorLength()).toThrowError(
      expect.objectContaining({ code: 'MALFORMED' }),
    );
    expect(() => new Writer().vectorLength(2 ** 30)).toThrowError(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });

  it('moves long vector contents behind their header', () => {
    for (const length of [0, 63, 64, 16383, 16384, 70000]) {
      const writer = new Writer(1);
      writer.vector(() => writer.bytes(new Uint8Array(length).fill(7)));
      expect(decode(opaque, writer.finish())).toEqual(new Uint8Array(length).fill(7));
    }
  });
});
