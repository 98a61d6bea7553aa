import { PICTURE_BYTES, PICTURE_PIXELS } from '../limits.ts';
import { drawn, jpegWithin } from '../pictures/jpegWithin.ts';

/** What a browser can hold while it makes a picture of it. */
const FILE_BYTES = 30 * 1024 * 1024;

/** The file cannot be shown as a picture, or is too large to try. */
export class NoPicture extends Error {}

/**
 * A small square JPEG of the middle of a picture, drawn anew: where it was taken, by what and when does not go along,
 * and nothing moves. Throws `NoPicture`.
 */
export async function toPicture(file: Blob): Promise<Uint8Array> {
  if (file.size > FILE_BYTES) throw new NoPicture('too large');
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new NoPicture('not a picture');
  });
  try {
    const side = Math.min(bitmap.width, bitmap.height);
    const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
    const canvas = drawn(
      bitmap,
      { width: PICTURE_PIXELS, height: PICTURE_PIXELS },
      { ground: '#fff', part: { left, top, width: side, height: side } },
    );
    const jpeg = canvas && (await jpegWithin(canvas, PICTURE_BYTES));
    if (jpeg === undefined) throw new NoPicture('cannot be drawn so small');
    return jpeg;
  } finally {
    bitmap.close();
  }
}
