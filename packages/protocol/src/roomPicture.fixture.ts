import { ROOM_PICTURE_PIXELS } from './roomPicture.ts';

/** A JPEG segment. */
export function segment(marker: number, ...content: readonly number[]): readonly number[] {
  const sizeBytes = content.length + 2;
  return [0xff, marker, sizeBytes >> 8, sizeBytes & 0xff, ...content];
}

export const frame = (width = ROOM_PICTURE_PIXELS, height = ROOM_PICTURE_PIXELS, marker = 0xc0) =>
  segment(
    marker,
    8,
    height >> 8,
    height & 0xff,
    width >> 8,
    width & 0xff,
    3,
    1,
    0x22,
    0,
    2,
    0x11,
    1,
    3,
    0x11,
    1,
  );

export const SCAN = segment(0xda, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0);

/** The bytes of a picture in its one form; what they show nobody asks. `coded`: without 0xff. */
export function pictureOf(
  coded: Iterable<number>,
  {
    head = frame(),
    more = [],
  }: { readonly head?: readonly number[]; readonly more?: readonly number[] } = {},
): Uint8Array {
  return Uint8Array.of(0xff, 0xd8, ...more, ...head, ...SCAN, ...coded, 0xff, 0xd9);
}
