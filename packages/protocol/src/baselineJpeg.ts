const MARKER = { sof0: 0xc0, dht: 0xc4, soi: 0xd8, eoi: 0xd9, sos: 0xda, dqt: 0xdb, dri: 0xdd } as const;
/** Application data (Exif, colour profiles, thumbnails) and comments. */
const isMetadata = (marker: number): boolean => (marker >= 0xe0 && marker <= 0xef) || marker === 0xfe;
const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

/** What a picture of ours may be. */
export interface JpegForm {
  /** Without its metadata. */
  readonly maxBytes: number;
  /** In pixels. */
  readonly fits: (width: number, height: number) => boolean;
}

/**
 * The one form of our pictures: a baseline JPEG (ITU-T T.81) in three components, with one frame, one scan, its
 * tables, and nothing before, between or after them. Gives the picture without the metadata it may have; `undefined`
 * where there is none, or more than that.
 */
export function baselineJpegIn(jpeg: Uint8Array, form: JpegForm): Uint8Array | undefined {
  if (jpeg[0] !== 0xff || jpeg[1] !== MARKER.soi) return undefined;
  const kept: Uint8Array[] = [jpeg.subarray(0, 2)];
  let frames = 0;
  for (let at = 2; ; ) {
    const marker = jpeg[at + 1];
    const sizeBytes = ((jpeg[at + 2] ?? 0) << 8) | (jpeg[at + 3] ?? 0);
    const end = at + 2 + sizeBytes;
    if (jpeg[at] !== 0xff || marker === undefined || sizeBytes < 2 || end > jpeg.length) return undefined;
    const segment = jpeg.subarray(at + 4, end);
    if (marker === MARKER.sof0 && !(isFrame(segment, form) && ++frames === 1)) return undefined;
    if (marker === MARKER.sos) {
      if (frames !== 1 || !isWholeScan(segment) || !endsOnce(jpeg, end)) return undefined;
      kept.push(jpeg.subarray(at));
      return joined(kept, form.maxBytes);
    }
    if (isKept(marker)) kept.push(jpeg.subarray(at, end));
    else if (!isMetadata(marker)) return undefined;
    at = end;
  }
}

function isKept(marker: number): boolean {
  return marker === MARKER.sof0 || marker === MARKER.dht || marker === MARKER.dqt || marker === MARKER.dri;
}

/** 8 bits, a size that fits, three components; only the first of them may be finer than the others. */
function isFrame(segment: Uint8Array, form: JpegForm): boolean {
  const [bits, high, low, wideHigh, wideLow, components] = segment;
  const side = (h = 0, l = 0): number => (h << 8) | l;
  return (
    segment.length === 15 &&
    bits === 8 &&
    form.fits(side(wideHigh, wideLow), side(high, low)) &&
    components === 3 &&
    [0, 1, 2].every(index => segment[6 + 3 * index] === index + 1) &&
    [0x11, 0x21, 0x12, 0x22].includes(segment[7]!) &&
    segment[10] === 0x11 &&
    segment[13] === 0x11
  );
}

/** All components at once, at full precision. */
function isWholeScan(segment: Uint8Array): boolean {
  return (
    segment.length === 10 && segment[0] === 3 && segment[7] === 0 && segment[8] === 63 && segment[9] === 0
  );
}

/** What is coded goes on to the end of the image, which is the end of the bytes. */
function endsOnce(jpeg: Uint8Array, from: number): boolean {
  for (let at = from; at < jpeg.length; at++) {
    if (jpeg[at] !== 0xff) continue;
    const marker = jpeg[++at];
    if (marker === MARKER.eoi) return at === jpeg.length - 1;
    if (marker !== 0 && !isRestart(marker ?? 0xff)) return false;
  }
  return false;
}

function joined(parts: readonly Uint8Array[], maxBytes: number): Uint8Array | undefined {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > maxBytes) return undefined;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
