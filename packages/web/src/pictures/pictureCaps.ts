import type { PictureHeader } from './pictureHeader.ts';

/** What a browser can hold while it decodes a picture: at four bytes each, a quarter of a gigabyte. */
export const MOST_PIXELS = 64_000_000;
/** Beyond it a picture is a line, and some decoders need memory for the square of its length. */
export const MOST_RATIO = 100;
/** What is shown in the log without being asked for; of a larger one, the small form is. */
export const MOST_PIXELS_IN_LOG = 17_000_000;

/** Whether a picture of that size may be decoded at all, by what its own bytes say. */
export function mayDecode({ width, height }: Pick<PictureHeader, 'width' | 'height'>): boolean {
  if (width * height > MOST_PIXELS) return false;
  return Math.max(width, height) <= MOST_RATIO * Math.min(width, height);
}
