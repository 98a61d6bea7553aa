import type { Page } from 'playwright-core';

/** What a camera writes into its pictures, in words that are looked for. */
export const CAMERA_WORDS = ['CanaryCam', 'canary-xmp', 'canary-comment', 'Exif', 'GPSLatitude'] as const;

/**
 * A JPEG as a phone makes one: drawn by the page, turned by its Exif (orientation 6, a quarter to the right), with
 * where it was taken in Exif (TIFF 6.0, Exif 2.32 §4.6.6) and in XMP, and a comment.
 */
export async function cameraPicture(page: Page, width: number, height: number): Promise<Buffer> {
  const base64 = await page.evaluate(
    async ([w, h]) => {
      const canvas = new OffscreenCanvas(w, h);
      const context = canvas.getContext('2d');
      if (context === null) throw new Error('nothing to draw on');
      const sky = context.createLinearGradient(0, 0, w, h);
      sky.addColorStop(0, '#5b3a6e');
      sky.addColorStop(1, '#f2a65a');
      context.fillStyle = sky;
      context.fillRect(0, 0, w, h);
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
      return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
    },
    [width, height] as const,
  );
  const jpeg = Buffer.from(base64, 'base64');
  const xmp = Buffer.from(
    'http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><exif:GPSLatitude>canary-xmp 47,22.4N</exif:GPSLatitude></x:xmpmeta>',
  );
  return Buffer.concat([
    jpeg.subarray(0, 2),
    segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), exif()])),
    segment(0xe1, xmp),
    segment(0xfe, Buffer.from('canary-comment')),
    jpeg.subarray(2),
  ]);
}

function segment(marker: number, body: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

/** Make, Orientation and a GPS directory with a latitude of 47° 22′ 24″. */
function exif(): Buffer {
  const tiff = Buffer.alloc(140);
  tiff.write('II*\0', 0, 'latin1');
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(3, 8);
  entry(tiff, 10, { tag: 0x010f, type: 2, count: 10, value: 100 });
  entry(tiff, 22, { tag: 0x0112, type: 3, count: 1, value: 6 });
  entry(tiff, 34, { tag: 0x8825, type: 4, count: 1, value: 50 });
  tiff.writeUInt16LE(2, 50);
  entry(tiff, 52, { tag: 1, type: 2, count: 2, value: 0x4e });
  entry(tiff, 64, { tag: 2, type: 5, count: 3, value: 112 });
  tiff.write('CanaryCam\0', 100, 'latin1');
  for (const [i, part] of [47, 1, 22, 1, 24, 1].entries()) tiff.writeUInt32LE(part, 112 + 4 * i);
  return tiff;
}

function entry(
  tiff: Buffer,
  at: number,
  { tag, type, count, value }: { tag: number; type: number; count: number; value: number },
): void {
  tiff.writeUInt16LE(tag, at);
  tiff.writeUInt16LE(type, at + 2);
  tiff.writeUInt32LE(count, at + 4);
  tiff.writeUInt32LE(value, at + 8);
}
