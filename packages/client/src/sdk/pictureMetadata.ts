/**
 * Takes out of a picture what is not to be seen in it: where, when, by whom and with what it was taken. What is seen stays
 * byte for byte, with its colours and the way up. Gives `undefined` for what is none of these kinds (JPEG, PNG, WebP), and
 * throws `RangeError` for a picture that cannot be read: then nobody knows what goes along.
 */
export function withoutMetadata(
  bytes: Uint8Array,
): { readonly type: PictureType; readonly bytes: Uint8Array } | undefined {
  const type = pictureTypeOf(bytes);
  return type && { type, bytes: joined(PARTS[type](bytes)) };
}

type PictureType = 'image/jpeg' | 'image/png' | 'image/webp';

const PARTS: Readonly<Record<PictureType, (bytes: Uint8Array) => readonly Uint8Array[]>> = {
  'image/jpeg': jpegParts,
  'image/png': pngParts,
  'image/webp': webpParts,
};

const PNG_HEAD = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function pictureTypeOf(bytes: Uint8Array): PictureType | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'image/jpeg';
  if (PNG_HEAD.every((byte, at) => bytes[at] === byte)) return 'image/png';
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') return 'image/webp';
  return undefined;
}

// ITU-T T.81: tables, frames and scans are kept, of application data what colours need, comments never.
const JPEG = { soi: 0xd8, eoi: 0xd9, sos: 0xda, app0: 0xe0, app1: 0xe1, app2: 0xe2, app14: 0xee, com: 0xfe };
/** SOF0 to SOF15 with DHT and DAC among them; DQT, DNL, DRI. */
const isCoding = (marker: number): boolean =>
  (marker >= 0xc0 && marker <= 0xcf) || (marker >= 0xdb && marker <= 0xdd);
const isWithin = (marker: number): boolean => marker === 0 || (marker >= 0xd0 && marker <= 0xd7);

function jpegParts(jpeg: Uint8Array): readonly Uint8Array[] {
  const parts: Uint8Array[] = [];
  let orientation = 1;
  for (let at = 2; ; ) {
    if (jpeg[at] !== 0xff) throw new RangeError('no JPEG');
    const marker = jpeg[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    // What stands behind the end is no part of the picture; cameras put others there.
    if (marker === JPEG.eoi) break;
    const end = at + 2 + uint16(jpeg, at + 2);
    if (end > jpeg.length || end < at + 4) throw new RangeError('no JPEG');
    const segment = jpeg.subarray(at + 4, end);
    if (marker === JPEG.app1) orientation = orientationIn(segment) ?? orientation;
    else if (isColour(marker, segment)) parts.push(jpeg.subarray(at, end));
    else if (isCoding(marker)) parts.push(jpeg.subarray(at, end));
    else if (marker === JPEG.sos) {
      const scanEnd = endOfScan(jpeg, end);
      parts.push(jpeg.subarray(at, scanEnd));
      at = scanEnd;
      continue;
    } else if (marker < JPEG.app0 && marker !== JPEG.com) throw new RangeError('no JPEG');
    at = end;
  }
  const turned = orientation === 1 ? [] : [exifOf(orientation)];
  return [Uint8Array.of(0xff, JPEG.soi), ...turned, ...parts, Uint8Array.of(0xff, JPEG.eoi)];
}

/** JFIF without a small picture of its own, colour profiles, and how Adobe's colours are meant. */
function isColour(marker: number, segment: Uint8Array): boolean {
  if (marker === JPEG.app0) return ascii(segment, 0, 5) === 'JFIF\0' && segment.length === 14;
  if (marker === JPEG.app2) return ascii(segment, 0, 12) === 'ICC_PROFILE\0';
  return marker === JPEG.app14 && ascii(segment, 0, 5) === 'Adobe' && segment.length === 12;
}

function endOfScan(jpeg: Uint8Array, from: number): number {
  for (let at = from; at + 1 < jpeg.length; at += 1)
    if (jpeg[at] === 0xff && jpeg[at + 1] !== 0xff && !isWithin(jpeg[at + 1]!)) return at;
  throw new RangeError('no JPEG');
}

const ORIENTATION = 0x0112;

/** Of an Exif segment; `undefined` where there is none. */
function orientationIn(segment: Uint8Array): number | undefined {
  if (ascii(segment, 0, 6) !== 'Exif\0\0') return undefined;
  const tiff = segment.subarray(6);
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const isLittle = ascii(tiff, 0, 2) === 'II';
  try {
    const start = view.getUint32(4, isLittle);
    const count = view.getUint16(start, isLittle);
    for (let at = start + 2; at < start + 2 + 12 * count; at += 12) {
      if (view.getUint16(at, isLittle) !== ORIENTATION) continue;
      const value = view.getUint16(at + 8, isLittle);
      return value >= 1 && value <= 8 ? value : undefined;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

/** Exif that says which way up, and nothing else. */
function exifOf(orientation: number): Uint8Array {
  const head = [0xff, JPEG.app1, 0, 34, ...[...'Exif\0\0MM'].map(character => character.charCodeAt(0))];
  const directory = [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  return Uint8Array.of(...head, ...directory);
}

/** Chunks that make the picture, its colours and its movement. */
const PNG_KEPT = new Set(
  'IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT'.split(' '),
);

function pngParts(png: Uint8Array): readonly Uint8Array[] {
  const parts = [png.subarray(0, PNG_HEAD.length)];
  for (let at = PNG_HEAD.length; ; ) {
    const end = at + 12 + uint32(png, at);
    const type = ascii(png, at + 4, 4);
    if (end > png.length || !/^[a-z]{4}$/i.test(type)) throw new RangeError('no PNG');
    if (PNG_KEPT.has(type)) parts.push(png.subarray(at, end));
    // A capital says that the picture cannot be shown without it.
    else if (/^[A-Z]/.test(type)) throw new RangeError('no PNG');
    if (type === 'IEND') return parts;
    at = end;
  }
}

const WEBP_KEPT = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
const SAYS_METADATA = 0x08 | 0x04;

function webpParts(webp: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength);
  const whole = 8 + view.getUint32(4, true);
  if (whole > webp.length) throw new RangeError('no WebP');
  const parts: Uint8Array[] = [];
  for (let at = 12; at < whole; ) {
    const type = ascii(webp, at, 4);
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size % 2);
    if (end > whole) throw new RangeError('no WebP');
    if (WEBP_KEPT.has(type)) {
      const chunk = webp.slice(at, end);
      if (type === 'VP8X') chunk[8]! &= ~SAYS_METADATA;
      parts.push(chunk);
    }
    at = end;
  }
  const head = webp.slice(0, 12);
  const sizeBytes = 4 + parts.reduce((sum, { length }) => sum + length, 0);
  new DataView(head.buffer).setUint32(4, sizeBytes, true);
  return [head, ...parts];
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 0x10000 + uint16(bytes, at + 2);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
