import { ATTACHMENT_BYTES } from '../limits.ts';
import { drawn, encoded, jpegWithin } from '../pictures/jpegWithin.ts';
import { mayDecode } from '../pictures/pictureCaps.ts';
import { HEADER_BYTES, type PictureHeader, pictureHeader } from '../pictures/pictureHeader.ts';

/** What is sent of a picture: made anew, with its small form. */
export interface MadePicture {
  readonly blob: Blob;
  readonly width: number;
  readonly height: number;
  readonly thumbnail: Uint8Array;
}

/** Why a picture cannot be made anew, and goes as it is. */
export type NotRemade =
  /** It moves, and would stand still. */
  | 'moving'
  /** More pixels than can be decoded without harm. */
  | 'too-many-pixels'
  /** This browser cannot read it, or cannot make it small enough. */
  | 'unreadable';

const LONGEST_SIDE = 4096;
const QUALITY = 0.85;
const THUMBNAIL_SIDE = 320;
const THUMBNAIL_BYTES = 12_000;
/** A PNG of fewer bytes for each pixel shows drawn things, whose edges JPEG would blur. */
const DRAWN_BYTES_PER_PIXEL = 0.75;

/**
 * Draws a picture anew, so that nothing goes along but what is to be seen: not where it was taken, when, by whom and
 * with what. Its size stays up to 4096 pixels on the longer side.
 */
export async function remakePicture(file: Blob): Promise<MadePicture | NotRemade> {
  const header = pictureHeader(new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer()));
  if (header === undefined) return 'unreadable';
  if (header.moving) return 'moving';
  if (!mayDecode(header)) return 'too-many-pixels';
  // Turned as its camera was held: what says so does not go along.
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => undefined);
  if (bitmap === undefined) return 'unreadable';
  try {
    return (await remade(bitmap, header, file.size)) ?? 'unreadable';
  } finally {
    bitmap.close();
  }
}

async function remade(
  bitmap: ImageBitmap,
  header: PictureHeader,
  fileBytes: number,
): Promise<MadePicture | undefined> {
  const small = drawn(bitmap, fitted(bitmap, THUMBNAIL_SIDE), { ground: '#fff' });
  const thumbnail = small && (await jpegWithin(small, THUMBNAIL_BYTES));
  const size = fitted(bitmap, LONGEST_SIDE);
  const clear = header.type !== 'image/jpeg' && canBeSeenThrough(bitmap);
  const isDrawn =
    header.type === 'image/png' && fileBytes < DRAWN_BYTES_PER_PIXEL * header.width * header.height;
  const type = isDrawn
    ? 'image/png'
    : clear
      ? header.type === 'image/png'
        ? 'image/png'
        : 'image/webp'
      : 'image/jpeg';
  const canvas = drawn(bitmap, size, type === 'image/jpeg' ? { ground: '#fff' } : {});
  const blob = canvas && (await encoded(canvas, type, QUALITY));
  if (thumbnail === undefined || blob === undefined || blob === null || blob.size > ATTACHMENT_BYTES)
    return undefined;
  return { blob, ...size, thumbnail };
}

/** As large as it is, or so small that its longer side fits; never a side of nothing. */
function fitted(
  { width, height }: { readonly width: number; readonly height: number },
  longestSide: number,
): { readonly width: number; readonly height: number } {
  const scale = Math.min(1, longestSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** By its small form: a speck that is lost in it is lost to the eye. */
function canBeSeenThrough(bitmap: ImageBitmap): boolean {
  const size = fitted(bitmap, THUMBNAIL_SIDE);
  const pixels =
    drawn(bitmap, size)?.getContext('2d')?.getImageData(0, 0, size.width, size.height).data ?? [];
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i]! < 250) return true;
  return false;
}
