import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { frame, pictureOf, SCAN, segment } from './roomPicture.fixture.ts';
import { isRoomPicture, roomPicture } from './roomPicture.ts';

const text = (value: string): readonly number[] => [...new TextEncoder().encode(value)];
const CODED = [1, 2, 0xff, 0, 3];
const picture = pictureOf(CODED);
const exif = segment(0xe1, ...text('Exif'), 0, 0, ...text('47.3769N 8.5417E'));
const comment = segment(0xfe, ...text('made by Ada'));

function refusalOf(jpeg: Uint8Array): string {
  try {
    roomPicture(jpeg);
    return 'taken';
  } catch (error) {
    return error instanceof ProtocolError ? error.code : 'thrown';
  }
}

describe('the picture of a room', () => {
  it('is a baseline JPEG of one size and nothing else; what else a camera or an editor writes is left out', () => {
    expect(isRoomPicture(picture)).toBe(true);
    const told = pictureOf(CODED, { more: [...segment(0xe0, ...text('JFIF')), ...exif, ...comment] });
    expect(isRoomPicture(told)).toBe(false);
    expect(roomPicture(told)).toEqual(picture);
  });

  it('may begin its coding anew in between', () => {
    const restarts = pictureOf([1, 0xff, 0xd0, 2], { more: segment(0xdd, 0, 4) });
    expect(isRoomPicture(restarts)).toBe(true);
  });

  const foreign: Readonly<Record<string, Uint8Array>> = {
    'another size': pictureOf(CODED, { head: frame(8000, 8000) }),
    'another width': pictureOf(CODED, { head: frame(193) }),
    'a progressive one': pictureOf(CODED, { head: frame(192, 192, 0xc2) }),
    'two frames': pictureOf(CODED, { head: [...frame(), ...frame()] }),
    'no frame': pictureOf(CODED, { head: [] }),
    'two scans': pictureOf([...CODED, ...SCAN, ...CODED]),
    'metadata behind the scan': pictureOf([...CODED, ...exif]),
    'a second picture behind the first': Uint8Array.of(...picture, ...picture),
    'something behind the end': Uint8Array.of(...picture, 0),
    'no end': picture.subarray(0, -2),
    'a length that leads out of it': Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0xff, 0xff, 1),
    'a length that leads nowhere': Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0, 0, ...picture.subarray(2)),
    SVG: Uint8Array.from(text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')),
    HTML: Uint8Array.from(text('<!doctype html><script>alert(1)</script>')),
    'an animated GIF': Uint8Array.from(text('GIF89a')),
    'an animated WebP': Uint8Array.from(text('RIFF....WEBPVP8X')),
    'an animated PNG': Uint8Array.of(0x89, ...text('PNG\r\n'), 0x1a, 0x0a, ...text('acTL')),
    nothing: new Uint8Array(0),
  };
  for (const [what, bytes] of Object.entries(foreign))
    it(`is not ${what}`, () => {
      expect(isRoomPicture(bytes)).toBe(false);
      expect(refusalOf(bytes)).toBe('MALFORMED');
    });

  it('is not cut short anywhere', () => {
    for (let sizeBytes = 0; sizeBytes < picture.length; sizeBytes++)
      expect(isRoomPicture(picture.subarray(0, sizeBytes))).toBe(false);
  });

  it('is small', () => {
    const room = LIMITS.pictureBytes - pictureOf([]).length;
    expect(isRoomPicture(pictureOf(new Uint8Array(room)))).toBe(true);
    const larger = pictureOf(new Uint8Array(room + 1));
    expect(isRoomPicture(larger)).toBe(false);
    expect(refusalOf(larger)).toBe('TOO_LARGE');
    expect(refusalOf(new Uint8Array(30_000_000))).toBe('TOO_LARGE');
  });

  it('comes out of anything as such, or not at all', () => {
    const parts = fc.array(fc.constantFrom(exif, comment, frame(), SCAN, CODED, [0xff, 0xd9], [0xff, 0xd8]), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(parts, found => {
        const jpeg = Uint8Array.of(0xff, 0xd8, ...found.flat());
        if (refusalOf(jpeg) === 'taken') expect(isRoomPicture(roomPicture(jpeg))).toBe(true);
      }),
    );
  });
});
