import { PICTURE_BYTES, PICTURE_PIXELS } from '../limits.ts';

/** What a browser can hold while it makes a picture of it. */
const FILE_BYTES = 30 * 1024 * 1024;
/** The best that fits is taken. */
const QUALITIES = [0.9, 0.8, 0.65, 0.5, 0.35, 0.2];

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
    const canvas = document.createElement('canvas');
    canvas.width = PICTURE_PIXELS;
    canvas.height = PICTURE_PIXELS;
    drawMiddle(canvas, bitmap);
    for (const quality of QUALITIES) {
      const blob = await new Promise<Blob | null>(resolve => canvas.toBlob(resolve, 'image/jpeg', quality));
      if (blob !== null && blob.size <= PICTURE_BYTES) return new Uint8Array(await blob.arrayBuffer());
    }
    throw new NoPicture('cannot be made small');
  } finally {
    bitmap.close();
  }
}

function drawMiddle(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  const context = canvas.getContext('2d');
  if (context === null) throw new NoPicture('cannot be drawn');
  const side = Math.min(bitmap.width, bitmap.height);
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  context.imageSmoothingQuality = 'high';
  // Under what can be seen through.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, left, top, side, side, 0, 0, canvas.width, canvas.height);
}
