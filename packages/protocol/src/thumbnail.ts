import { baselineJpegIn } from './baselineJpeg.ts';
import { ProtocolError } from './errors.ts';
import { LIMITS } from './limits.ts';

/** Pixels on the longer side of a thumbnail, at most. */
export const THUMBNAIL_PIXELS = 320;

const isSide = (pixels: number): boolean => pixels >= 1 && pixels <= THUMBNAIL_PIXELS;
const FORM = {
  maxBytes: LIMITS.thumbnailBytes,
  fits: (width: number, height: number) => isSide(width) && isSide(height),
};

/** The one form of a thumbnail: as that of a room's picture, of at most 320 pixels a side and 12 kB. */
export function isThumbnail(bytes: Uint8Array): boolean {
  return baselineJpegIn(bytes, FORM)?.length === bytes.length;
}

/** That form of a JPEG which may have metadata, which is left out. Throws `ProtocolError` `MALFORMED` for anything else. */
export function thumbnailOf(jpeg: Uint8Array): Uint8Array {
  const picture = jpeg.length > 2 * LIMITS.thumbnailBytes ? undefined : baselineJpegIn(jpeg, FORM);
  if (picture !== undefined) return picture;
  throw new ProtocolError('MALFORMED', 'not a thumbnail of the one form');
}
