import { describe, expect, it } from 'vitest';
import { withoutMetadata } from './pictureMetadata.ts';

type Part = string | readonly number[];

const bytes = (...parts: readonly Part[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap(part => (typeof part === 'string' ? [...part].map(c => c.charCodeAt(0)) : part)),
  );
const has = (whole: Uint8Array, text: string) => Buffer.from(whole).includes(text);
const segment = (marker: number, ...content: readonly Part[]) => {
  const inside = bytes(...content);
  return [0xff, marker, (inside.length + 2) >> 8, (inside.length + 2) & 0xff, ...inside];
};

const JFIF = segment(0xe0, 'JFIF\0', [1, 1, 0, 0, 1, 0, 1, 0, 0]);
const ICC = segment(0xe2, 'ICC_PROFILE\0', [1, 1, 7, 7]);
const TABLES = segment(0xdb, [0, ...Array.from({ length: 64 }, () => 1)]);
const FRAME = segment(0xc2, [8, 0, 1, 0, 1, 1, 1, 0x11, 0]);
const SCAN = [...segment(0xda, [1, 1, 0, 0, 0, 0]), 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4];
/** Little-endian Exif: a maker's name, which way up, where. */
const exif = (orientation: number) =>
  segment(
    0xe1,
    'Exif\0\0II',
    [42, 0, 8, 0, 0, 0, 2, 0],
    [0x0f, 0x01, 2, 0, 4, 0, 0, 0, 71, 80, 83, 0],
    [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0],
    [0, 0, 0, 0],
    'GPS 51.4779 N',
  );
const SOI = [0xff, 0xd8];
const EOI = [0xff, 0xd9];

describe('a JPEG', () => {
  it('goes without what its camera wrote, and is to be seen as before', () => {
    const kept = [JFIF, ICC, TABLES, FRAME, SCAN, TABLES, SCAN];
    const told = [
      segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>Mara</x:xmpmeta>'),
      segment(0xfe, 'taken by Mara'),
      segment(0xed, 'Photoshop 3.0\0Mara'),
      segment(0xe2, 'MPF\0Mara'),
    ];
    const photo = bytes(SOI, exif(1), ...told, ...kept, EOI, 'and a film behind it');
    expect(withoutMetadata(photo)).toEqual({
      type: 'image/jpeg',
      bytes: bytes(SOI, ...kept, EOI),
    });
  });

  it('stays the way up that it was', () => {
    const { bytes: turned } = withoutMetadata(bytes(SOI, exif(6), JFIF, TABLES, FRAME, SCAN, EOI))!;
    expect(has(turned, 'GPS')).toBe(false);
    // By its own reader: what is left says 6, and loses nothing when it is taken out again.
    expect(turned[2 + 4 + 6 + 8 + 2 + 9]).toBe(6);
    expect(withoutMetadata(turned)!.bytes).toEqual(turned);
    expect(turned.length).toBe(bytes(SOI, JFIF, TABLES, FRAME, SCAN, EOI).length + 36);
  });

  it('that is damaged is not guessed at', () => {
    const photo = bytes(SOI, exif(1), TABLES, FRAME, SCAN, EOI);
    for (const end of [3, 10, 40, 120, photo.length - 2])
      expect(() => withoutMetadata(photo.subarray(0, end)), `${end}`).toThrow(RangeError);
    expect(() => withoutMetadata(bytes(SOI, [0xff, 0x01, 0, 4, 0, 0], EOI))).toThrow(RangeError);
  });
});

const chunk = (type: string, ...content: readonly Part[]) => {
  const inside = bytes(...content);
  return [0, 0, 0, inside.length, ...bytes(type), ...inside, 1, 2, 3, 4];
};
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

it('a PNG goes without texts, times and Exif, and one with parts that nobody knows does not go', () => {
  const kept = [chunk('IHDR', [1]), chunk('iCCP', 'x'), chunk('IDAT', [2])];
  const told = [chunk('tEXt', 'Author Mara'), chunk('eXIf', 'II*GPS'), chunk('tIME', [7, 230])];
  expect(withoutMetadata(bytes(PNG, ...told, ...kept, chunk('IEND'), 'more'))).toEqual({
    type: 'image/png',
    bytes: bytes(PNG, ...kept, chunk('IEND')),
  });
  expect(() => withoutMetadata(bytes(PNG, chunk('ABCD'), chunk('IEND')))).toThrow(RangeError);
  expect(() => withoutMetadata(bytes(PNG, ...kept))).toThrow(RangeError);
});

const riff = (type: string, ...content: readonly Part[]) => {
  const inside = bytes(...content);
  return [...bytes(type), inside.length, 0, 0, 0, ...inside, ...(inside.length % 2 ? [0] : [])];
};
const webp = (...chunks: readonly (readonly number[])[]) => {
  const inside = bytes('WEBP', ...chunks);
  return bytes('RIFF', [inside.length, 0, 0, 0], [...inside]);
};

it('a WebP goes without Exif and XMP, and does not say that it has them', () => {
  const flags = (byte: number) => riff('VP8X', [byte, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const picture = riff('VP8 ', [1, 2, 3]);
  expect(
    withoutMetadata(webp(flags(0x1c), picture, riff('EXIF', 'GPS'), riff('XMP ', 'Mara'), riff('zzzz', 'x'))),
  ).toEqual({ type: 'image/webp', bytes: webp(flags(0x10), picture) });
  expect(() => withoutMetadata(webp(flags(0), picture).subarray(0, 30))).toThrow(RangeError);
});

it('what is no picture is left alone', () => {
  for (const text of ['', 'GIF89a', '%PDF-1.7', '\xff\xd8', 'RIFF1234WAVE'])
    expect(withoutMetadata(bytes(text))).toBeUndefined();
});
