import { isFileName, LIMITS, shownFileName } from '@sotto/protocol';
import type { OutgoingFile } from '../fileIntents.ts';
import { withoutMetadata } from './pictureMetadata.ts';
import { SottoError } from './sottoError.ts';

/** A file to be sent; a `File` of a page is one. */
export interface FileToSend {
  /** What others see; of what looks like a path, the last part. */
  readonly name: string;
  /** `type/subtype`; where it is left out, by the bytes or the name. */
  readonly type?: string;
  /** The bytes. */
  arrayBuffer(): Promise<ArrayBuffer>;
  readonly size: number;
}

/** Of a picture: what others see of it before they have it. */
export type PictureShown = NonNullable<OutgoingFile['picture']>;

export interface FileOptions {
  /** Of a picture (JPEG, PNG, WebP): goes as it is, also with where and when it was taken. Otherwise that is taken out. */
  readonly keepMetadata?: boolean;
  readonly picture?: PictureShown;
}

const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  gif: 'image/gif',
  heic: 'image/heic',
  html: 'text/html',
  json: 'application/json',
  md: 'text/markdown',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  pdf: 'application/pdf',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  webm: 'video/webm',
  zip: 'application/zip',
};

/** What is handed to the engine of a file. Throws `FILE_TOO_LARGE`, `FILE_EMPTY`, `BAD_FILE` for a damaged picture. */
export async function outgoing(
  file: FileToSend,
  { keepMetadata = false, picture }: FileOptions,
): Promise<OutgoingFile> {
  // Before it is read: it may be larger than the memory.
  if (file.size > LIMITS.attachmentBytes)
    throw new SottoError('FILE_TOO_LARGE', `a file has ${LIMITS.attachmentBytes} bytes at most`, {
      limitBytes: LIMITS.attachmentBytes,
    });
  const bytes = new Uint8Array(await file.arrayBuffer());
  const cleaned = cleanedOf(bytes, keepMetadata);
  const mediaType = cleaned?.type ?? (file.type || typeByName(file.name));
  return {
    name: sentName(file.name, mediaType),
    mediaType,
    bytes: keepMetadata ? bytes : (cleaned?.bytes ?? bytes),
    ...(picture && { picture }),
  };
}

function cleanedOf(bytes: Uint8Array, keepMetadata: boolean) {
  try {
    return withoutMetadata(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    if (keepMetadata) return undefined;
    throw new SottoError(
      'BAD_FILE',
      'the picture is damaged, and may say where it was taken: keepMetadata sends it as it is',
    );
  }
}

function typeByName(name: string): string {
  return TYPES[/\.(\w{1,8})$/.exec(name)?.[1]?.toLowerCase() ?? ''] ?? 'application/octet-stream';
}

function sentName(name: string, mediaType: string): string {
  const last = (name.split(/[\\/]/).at(-1) ?? '').trim();
  return isFileName(last) ? last : shownFileName('', mediaType);
}
