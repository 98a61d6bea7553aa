/** What a picture says of itself at its beginning, read without decoding it. */
export interface PictureHeader {
  readonly type: PictureType;
  readonly width: number;
  readonly height: number;
  /** More than one frame, as far as the beginning tells. */
  readonly moving: boolean;
}

/** The kinds of picture that are ever shown. None of them can hold a script. */
export type PictureType = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif' | 'image/avif';

/** More than any header lies behind, with a large profile or thumbnail before it. */
export const HEADER_BYTES = 1_048_576;

/**
 * The kind and size of a picture by its own bytes, whatever its name or sender says. Undefined for what is none of
 * these kinds or does not say its size where it should.
 */
export function pictureHeader(bytes: Uint8Array): PictureHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEADER_BYTES));
  try {
    const found = jpeg(view) ?? png(view) ?? webp(view) ?? gif(view) ?? avif(view);
    return found !== undefined && found.width > 0 && found.height > 0 ? found : undefined;
  } catch (error) {
    // It ends before it has said what it is.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function says(view: DataView, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (view.getUint8(at + i) !== text.charCodeAt(i)) return false;
  return true;
}

/** ITU-T T.81, B.2.2: the frame header, after any number of other segments. */
function jpeg(view: DataView): PictureHeader | undefined {
  if (view.getUint16(0) !== 0xff_d8) return undefined;
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame)
      return {
        type: 'image/jpeg',
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        moving: false,
      };
    if (marker === 0xda || marker === 0xd9) return undefined;
    at += 2 + Math.max(2, view.getUint16(at + 2));
  }
}

/** PNG 3rd edition, 11.2.1; one that moves says so before its first picture (11.3.6.1). */
function png(view: DataView): PictureHeader | undefined {
  if (view.getUint32(0) !== 0x89_50_4e_47 || !says(view, 12, 'IHDR')) return undefined;
  const size = { width: view.getUint32(16), height: view.getUint32(20) };
  let moving = false;
  for (let at = 8; at + 8 <= view.byteLength && !says(view, at + 4, 'IDAT'); at += 12 + view.getUint32(at))
    if (says(view, at + 4, 'acTL')) moving = true;
  return { type: 'image/png', ...size, moving };
}

/** RFC 9649, 2.5 to 2.7. */
function webp(view: DataView): PictureHeader | undefined {
  if (!says(view, 0, 'RIFF') || !says(view, 8, 'WEBP')) return undefined;
  const type = 'image/webp';
  if (says(view, 12, 'VP8X'))
    return {
      type,
      width: 1 + (view.getUint32(24, true) & 0xff_ff_ff),
      height: 1 + (view.getUint32(26, true) >>> 8),
      moving: (view.getUint8(20) & 0x02) !== 0,
    };
  if (says(view, 12, 'VP8L')) {
    const bits = view.getUint32(21, true);
    return { type, width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff), moving: false };
  }
  if (!says(view, 12, 'VP8 ')) return undefined;
  return {
    type,
    width: view.getUint16(26, true) & 0x3fff,
    height: view.getUint16(28, true) & 0x3fff,
    moving: false,
  };
}

/** GIF89a, 18. Nearly all of them move, and none is worth the look whether it does. */
function gif(view: DataView): PictureHeader | undefined {
  if (!says(view, 0, 'GIF8')) return undefined;
  return { type: 'image/gif', width: view.getUint16(6, true), height: view.getUint16(8, true), moving: true };
}

/** ISO/IEC 23008-12, 6.5.3: the largest of the sizes that its parts say they have. */
function avif(view: DataView): PictureHeader | undefined {
  if (!says(view, 4, 'ftyp')) return undefined;
  const brands = Math.min(view.getUint32(0), 256);
  const has = (brand: string): boolean => {
    for (let at = 8; at + 4 <= brands; at += 4) if (at !== 12 && says(view, at, brand)) return true;
    return false;
  };
  if (!has('avif') && !has('avis')) return undefined;
  let [width, height] = [0, 0];
  for (let at = brands; at + 16 <= view.byteLength && at < 65_536; at++) {
    if (!says(view, at, 'ispe')) continue;
    width = Math.max(width, view.getUint32(at + 8));
    height = Math.max(height, view.getUint32(at + 12));
  }
  return { type: 'image/avif', width, height, moving: has('avis') };
}
