import { baselineJpegIn } from './baselineJpeg.ts';
import { ProtocolError } from './errors.ts';
import { LIMITS } from './limits.ts';

/** Pixels on each side. */
export const ROOM_PICTURE_PIXELS = 192;

const FORM = {
  maxBytes: LIMITS.pictureBytes,
  fits: (width: number, height: number) => width === ROOM_PICTURE_PIXELS && height === ROOM_PICTURE_PIXELS,
};

/**
 * The one form of a room's picture: a baseline JPEG (ITU-T T.81) of 192 by 192 pixels in three components, with one
 * frame, one scan, its tables, and nothing before, between or after them; at most 10 kB. Whatever decodes it meets no
 * other format, no other size, no metadata and no second picture.
 */
export function isRoomPicture(bytes: Uint8Array): boolean {
  return baselineJpegIn(bytes, FORM)?.length === bytes.length;
}

/**
 * That form of a JPEG which may have metadata, which is left out. Throws `ProtocolError`: `TOO_LARGE`, `MALFORMED` for
 * anything that is no such picture.
 */
export function roomPicture(jpeg: Uint8Array): Uint8Array {
  // Metadata is small in what a canvas gives.
  const picture = jpeg.length > 2 * LIMITS.pictureBytes ? undefined : baselineJpegIn(jpeg, FORM);
  if (picture !== undefined) return picture;
  const tooLarge = jpeg.length > LIMITS.pictureBytes;
  throw new ProtocolError(tooLarge ? 'TOO_LARGE' : 'MALFORMED', 'not a picture of the one form');
}
