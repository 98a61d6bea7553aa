/** Why no code came of it. */
export type ScanTrouble = 'no-camera' | 'refused' | 'no-code' | 'no-picture';

/** Enough to find a code in; larger pictures are made smaller first. */
const MOST_SIDE_PX = 1_280;
/** A picture is looked at once, and may take its time; the next frame of a camera comes by itself. */
const PICTURE_MS = 1_500;
const FRAME_MS = 40;
const EVERY_MS = 120;

const load = () => import('qr/decode.js');

/** The text of the QR code in a picture. Throws a `ScanTrouble` as `code`. */
export async function readPicture(file: Blob): Promise<string> {
  const { decodeQR } = await load();
  const bitmap = await createImageBitmap(file).catch(() => {
    throw trouble('no-picture');
  });
  const text = decode(decodeQR, pixelsOf(bitmap, bitmap.width, bitmap.height), PICTURE_MS);
  bitmap.close();
  if (text === undefined) throw trouble('no-code');
  return text;
}

/**
 * Shows the camera in `video` and resolves to the text of the first QR code that it sees, or to undefined when `signal`
 * stops it. Throws a `ScanTrouble` as `code`. The camera is off afterwards.
 */
export async function readCamera(video: HTMLVideoElement, signal: AbortSignal): Promise<string | undefined> {
  const [{ decodeQR }, stream] = await Promise.all([load(), openCamera()]);
  const stop = (): void => {
    for (const track of stream.getTracks()) track.stop();
  };
  if (signal.aborted) {
    stop();
    return undefined;
  }
  try {
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const { videoWidth, videoHeight } = video;
      if (videoWidth > 0) {
        const text = decode(decodeQR, pixelsOf(video, videoWidth, videoHeight), FRAME_MS);
        if (text !== undefined) return text;
      }
      await new Promise(resolve => setTimeout(resolve, EVERY_MS));
    }
    return undefined;
  } finally {
    stop();
    video.srcObject = null;
  }
}

/** Whether there may be a camera to ask for. */
export function mayHaveCamera(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === 'function';
}

async function openCamera(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
  } catch (error) {
    throw trouble(
      error instanceof DOMException && error.name === 'NotAllowedError' ? 'refused' : 'no-camera',
    );
  }
}

function pixelsOf(source: CanvasImageSource, width: number, height: number): ImageData {
  const scale = Math.min(1, MOST_SIDE_PX / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw trouble('no-picture');
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

type Decode = Awaited<ReturnType<typeof load>>['decodeQR'];

function decode(decodeQR: Decode, image: ImageData, timeLimit: number): string | undefined {
  try {
    return decodeQR(image, { timeLimit });
  } catch {
    return undefined;
  }
}

function trouble(code: ScanTrouble): Error {
  return Object.assign(new Error(code), { code });
}
