import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayDecode } from './pictureCaps.ts';
import { pictureHeader } from './pictureHeader.ts';

const bytes = (...parts: (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap(part => (typeof part === 'string' ? [...part].map(char => char.charCodeAt(0)) : [...part])),
  );
const u16 = (value: number) => [value >> 8, value & 255];
const u32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const le = (value: number, length: number) => Array.from({ length }, (_, i) => (value >>> (8 * i)) & 255);
const PNG = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10];
const pngOf = (width: number, height: number, ...between: (string | readonly number[])[]) =>
  bytes(PNG, u32(13), 'IHDR', u32(width), u32(height), [8, 6, 0, 0, 0], u32(0), ...between, u32(0), 'IDAT');
const riff = (chunk: string, ...rest: (string | readonly number[])[]) =>
  bytes('RIFF', u32(0), 'WEBP', chunk, u32(0), ...rest);

describe('what a picture says of itself', () => {
  it('JPEG: in its frame, behind whatever its camera wrote', () => {
    const frame = [0xff, 0xc2, ...u16(17), 8, ...u16(3024), ...u16(4032), 3];
    const exif = [0xff, 0xe1, ...u16(10), ...Array<number>(8).fill(0xc0)];
    expect(pictureHeader(bytes([0xff, 0xd8], exif, [0xff], frame))).toEqual({
      type: 'image/jpeg',
      width: 4032,
      height: 3024,
      moving: false,
    });
    expect(pictureHeader(bytes([0xff, 0xd8], exif, [0xff, 0xd9]))).toBeUndefined();
  });

  it('PNG: and whether it moves', () => {
    expect(pictureHeader(pngOf(300, 200))).toEqual({
      type: 'image/png',
      width: 300,
      height: 200,
      moving: false,
    });
    expect(pictureHeader(pngOf(300, 200, u32(8), 'acTL', u32(2), u32(0), u32(0)))?.moving).toBe(true);
  });

  it('WebP: in each of its three forms', () => {
    const size = { width: 700, height: 500 };
    expect(pictureHeader(riff('VP8X', [0x02, 0, 0, 0], le(699, 3), le(499, 3)))).toMatchObject({
      ...size,
      moving: true,
    });
    expect(pictureHeader(riff('VP8L', [0x2f], le(699 | (499 << 14), 4)))).toMatchObject({
      ...size,
      moving: false,
    });
    expect(pictureHeader(riff('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a], le(700, 2), le(500, 2)))).toMatchObject(size);
  });

  it('GIF and AVIF', () => {
    expect(pictureHeader(bytes('GIF89a', le(64, 2), le(48, 2)))).toMatchObject({
      width: 64,
      height: 48,
      moving: true,
    });
    const avif = bytes(
      u32(20),
      'ftypavif',
      u32(0),
      'mif1',
      u32(20),
      'ispe',
      u32(0),
      u32(900),
      u32(600),
      u32(0),
    );
    expect(pictureHeader(avif)).toEqual({ type: 'image/avif', width: 900, height: 600, moving: false });
  });

  it('nothing else is a picture, whatever it is called', () => {
    const svg = bytes('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    const html = bytes('<!doctype html><script>alert(1)</script>');
    for (const other of [svg, html, bytes('%PDF-1.7'), bytes('BM', u32(99)), pngOf(0, 5), new Uint8Array()])
      expect(pictureHeader(other)).toBeUndefined();
  });

  it('reads any bytes, cut anywhere, without a throw', () => {
    const starts = [
      pngOf(3, 4),
      bytes([0xff, 0xd8, 0xff, 0xe1]),
      riff('VP8X'),
      bytes('GIF89a'),
      bytes(u32(20), 'ftypavif'),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        fc.nat(40),
        fc.uint8Array({ maxLength: 200 }),
        (start, cut, more) => {
          const whole = new Uint8Array([...start.slice(0, cut), ...more]);
          expect(() => pictureHeader(whole)).not.toThrow();
        },
      ),
    );
  });
});

it('threat 50: decodes no picture of more than 64 million pixels, and none that is a line', () => {
  expect(mayDecode({ width: 8_000, height: 8_000 })).toBe(true);
  expect(mayDecode({ width: 8_001, height: 8_000 })).toBe(false);
  expect(mayDecode({ width: 100_000, height: 1 })).toBe(false);
  expect(mayDecode({ width: 65_535, height: 65_535 })).toBe(false);
});
