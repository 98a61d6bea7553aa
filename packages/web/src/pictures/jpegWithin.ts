/** The best that fits is taken. */
const QUALITIES = [0.9, 0.8, 0.65, 0.5, 0.35, 0.2, 0.1];

/** What is drawn on a canvas as a JPEG of at most so many bytes; undefined where it cannot be made so small. */
export async function jpegWithin(
  canvas: HTMLCanvasElement,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  for (const quality of QUALITIES) {
    const blob = await encoded(canvas, 'image/jpeg', quality);
    if (blob !== null && blob.size <= maxBytes) return new Uint8Array(await blob.arrayBuffer());
  }
  return undefined;
}

/** What is drawn on a canvas, in that form where the browser can write it (`type` of the result says which). */
export function encoded(canvas: HTMLCanvasElement, type: string, quality: number): Promise<Blob | null> {
  return new Promise(resolve => canvas.toBlob(resolve, type, quality));
}

/** A canvas of that size with a picture, or a part of it, drawn over all of it. Undefined where there is none. */
export function drawn(
  bitmap: ImageBitmap,
  size: { readonly width: number; readonly height: number },
  options: {
    /** Under what can be seen through. */
    readonly ground?: string;
    /** In pixels of the picture; all of it where it is left out. */
    readonly part?: {
      readonly left: number;
      readonly top: number;
      readonly width: number;
      readonly height: number;
    };
  } = {},
): HTMLCanvasElement | undefined {
  const canvas = document.createElement('canvas');
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  context.imageSmoothingQuality = 'high';
  if (options.ground !== undefined) {
    context.fillStyle = options.ground;
    context.fillRect(0, 0, size.width, size.height);
  }
  const { left, top, width, height } = options.part ?? {
    left: 0,
    top: 0,
    width: bitmap.width,
    height: bitmap.height,
  };
  context.drawImage(bitmap, left, top, width, height, 0, 0, size.width, size.height);
  return canvas;
}
