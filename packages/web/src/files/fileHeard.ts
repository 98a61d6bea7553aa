import type { FileNamed, FileView } from '@sotto/client';
import { isPictureType } from '../conversation/fileSaid.ts';
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
