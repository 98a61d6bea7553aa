import {
  base64urlDecode,
  base64urlEncode,
  decodeBlobReference,
  encodeBlobReference,
  isThumbnail,
  LIMITS,
  type MessageId,
  shownFileName,
  shownMediaType,
} from '@sotto/protocol';
import type { FileRecord } from '../records/fileRecords.ts';

/** The file of a message in a transfer, as plain data: what it is called, and where its bytes are. */
export interface GivenFile {
  readonly name: string;
  readonly mediaType: string;
  readonly width?: number;
  readonly height?: number;
  /** Base64url, as is the encoded `BlobReference`. */
  readonly thumbnail?: string;
  readonly blob: string;
}

export function givenFile({ name, mediaType, width, height, thumbnail, blob }: FileRecord): GivenFile {
  return {
    name,
    mediaType,
    ...(width !== undefined && height !== undefined && { width, height }),
    ...(thumbnail && { thumbnail: base64urlEncode(thumbnail) }),
    blob: base64urlEncode(encodeBlobReference(blob)),
  };
}

/** As `receivedFile`: nothing of it is believed further than it can be shown. Throws `TypeError`, `ProtocolError`. */
export function fileOfGiven(keptAs: MessageId, said: Readonly<Record<string, unknown>>): FileRecord {
  const { name, mediaType, width, height } = said;
  if (typeof name !== 'string' || typeof mediaType !== 'string') throw new TypeError('a file without a name');
  const blob = decodeBlobReference(bytesOf(said.blob));
  if (blob.sizeBytes > LIMITS.attachmentBytes) throw new TypeError('larger than a file may be');
  const thumbnail = said.thumbnail === undefined ? undefined : bytesOf(said.thumbnail);
  if (thumbnail !== undefined && !isThumbnail(thumbnail)) throw new TypeError('not a thumbnail');
  const sides = isSide(width) && isSide(height) ? { width, height } : undefined;
  return {
    keptAs,
    name: shownFileName(name, mediaType),
    mediaType: shownMediaType(mediaType),
    ...sides,
    ...(thumbnail && { thumbnail }),
    blob,
  };
}

function isSide(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 0xffff_ffff;
}

function bytesOf(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? base64urlDecode(value) : undefined;
  if (bytes === undefined) throw new TypeError('no bytes');
  return bytes;
}
