import type { FileNamed } from '@sotto/client';
import type { PictureType } from '../pictures/pictureHeader.ts';
import { isolate } from '../text/isolate.ts';

/** Whether a file that says it is of this kind may ever be drawn. Its own bytes are asked as well. */
export function isPictureType(mediaType: string): mediaType is PictureType {
  return /^image\/(?:jpeg|png|webp|gif|avif)$/.test(mediaType);
}

/** In one line, where it stands for the message: `Picture`, `File: rota.pdf`, or its caption. */
export function fileLine(file: FileNamed | undefined, caption = ''): string {
  if (caption !== '' || file === undefined) return caption;
  return isPictureType(file.mediaType) ? 'Picture' : `File: ${isolate(file.name)}`;
}

/** A quote or a preview in one line: of a file without words it has the name. */
export function quotedLine({ text, file }: { readonly text: string; readonly file?: FileNamed }): string {
  return file === undefined ? text : fileLine(file);
}
