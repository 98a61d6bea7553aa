import type { FileNamed, FileView } from '@sotto/client';
import type { PictureType } from '../pictures/pictureHeader.ts';
import { isolate } from '../text/isolate.ts';

const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `0 bytes`, `240 kB`, `1.2 MB`: in the units that people know from their files, a thousand to the next. */
export function fileSize(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  if (bytes < 999_500) return `${WHOLE.format(bytes / 1_000)} kB`;
  const mega = bytes / 1_000_000;
  return `${(mega < 99.95 ? NUMBER : WHOLE).format(mega)} MB`;
}

/** Whether a file that says it is of this kind may ever be drawn. Its own bytes are asked as well. */
export function isPictureType(mediaType: string): mediaType is PictureType {
  return /^image\/(?:jpeg|png|webp|gif|avif)$/.test(mediaType);
}

/** In one line, where it stands for the message: `Picture`, `File: rota.pdf`, or its caption. */
export function fileLine(file: FileNamed | undefined, caption = ''): string {
  if (caption !== '' || file === undefined) return caption;
  return isPictureType(file.mediaType) ? 'Picture' : `File: ${isolate(file.name)}`;
}

/** `Ana sent a picture, beach.jpg, 240 kB`, for whoever hears it. */
export function fileHeard(
  who: string,
  { sizeBytes, ...file }: FileNamed & Pick<FileView, 'sizeBytes'>,
  caption: string,
): string {
  const what = isPictureType(file.mediaType) ? 'picture' : 'file';
  const fact = `${isolate(who)} sent a ${what}, ${isolate(file.name)}, ${fileSize(sizeBytes)}`;
  return caption === '' ? fact : `${fact}: ${caption}`;
}
