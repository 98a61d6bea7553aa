import { isFileName, LIMITS, ProtocolError, shownMediaType, thumbnailOf } from '@sotto/protocol';
import type { OutgoingFile } from '../fileIntents.ts';
import { ClientError } from '../intents.ts';
import type { FileRecord } from '../records/fileRecords.ts';

/**
 * What a message says of a file that is to be sent, as everyone's device will take it. Throws `FILE_EMPTY`,
 * `FILE_TOO_LARGE`, `BAD_FILE`.
 */
export function describedFile({
  name,
  mediaType,
  bytes,
  picture,
}: OutgoingFile): Omit<FileRecord, 'keptAs' | 'blob'> {
  if (!(bytes instanceof Uint8Array)) throw new ClientError('BAD_FILE', 'a file is bytes');
  if (bytes.length === 0) throw new ClientError('FILE_EMPTY', 'there is nothing in the file');
  if (bytes.length > LIMITS.attachmentBytes)
    throw new ClientError('FILE_TOO_LARGE', 'the file is too large', { limitBytes: LIMITS.attachmentBytes });
  if (!isFileName(name)) throw new ClientError('BAD_FILE', 'a file cannot be called that');
  return { name, mediaType: shownMediaType(mediaType), ...(picture && pictureOf(picture)) };
}

function pictureOf({ width, height, thumbnail }: NonNullable<OutgoingFile['picture']>) {
  const isSide = (pixels: number) => Number.isInteger(pixels) && pixels >= 1 && pixels <= 0xffff_ffff;
  if (!isSide(width) || !isSide(height)) throw new ClientError('BAD_FILE', 'a picture has a size');
  try {
    return { width, height, thumbnail: thumbnailOf(thumbnail) };
  } catch (error) {
    if (error instanceof ProtocolError) throw new ClientError('BAD_FILE', error.message);
    throw error;
  }
}

/** Throws `TEXT_TOO_LARGE`. What is said with a file may be nothing. */
export function assertCaption(text: string): void {
  if (new TextEncoder().encode(text).length > LIMITS.textBytes)
    throw new ClientError('TEXT_TOO_LARGE', 'too long for one message', { limitBytes: LIMITS.textBytes });
}
