import { newBlob } from '@sotto/core';
import {
  BLOB_CHUNK_PLAIN_BYTES,
  BlobId,
  base64urlDecode,
  base64urlEncode,
  isThumbnail,
  MessageId,
  shownFileName,
  shownMediaType,
} from '@sotto/protocol';
import type { ArchivedFile } from '@sotto/vault/archive';
import { storeChunks } from '../files/fileChunks.ts';
import { ClientError } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import type { FileRecord } from '../records/fileRecords.ts';
import type { RoomContext } from '../room/roomContext.ts';

/** What an export says of a file, in clear too; where its bytes go along, more is added. */
export function archivedFile({ name, mediaType, width, height, blob }: FileRecord): ArchivedFile {
  return {
    name,
    mediaType,
    sizeBytes: blob.sizeBytes,
    sha256: hexOf(blob.hash),
    ...(width !== undefined && height !== undefined && { width, height }),
    included: false,
  };
}

/** What an archive says of it; `included`: its bytes follow. */
export function withThumbnail(
  file: ArchivedFile,
  { thumbnail }: FileRecord,
  included: boolean,
): ArchivedFile {
  return { ...file, ...(thumbnail && { thumbnail: base64urlEncode(thumbnail) }), included };
}

/**
 * A file of an archive whose bytes are not in it: it is nowhere to be had. As with what came from others, nothing is
 * believed further than it can be shown. Throws `ARCHIVE_DAMAGED` for a thumbnail that is none.
 */
export function absentFile(context: Pick<RoomContext, 'random'>, said: ArchivedFile): FileRecord {
  const { name, mediaType, sizeBytes, sha256, width, height, thumbnail } = said;
  return {
    keptAs: MessageId.fromBytes(context.random(MessageId.sizeBytes)),
    name: shownFileName(name, mediaType),
    mediaType: shownMediaType(mediaType),
    ...(width !== undefined && height !== undefined && { width, height }),
    ...(thumbnail !== undefined && { thumbnail: thumbnailIn(thumbnail) }),
    blob: {
      blobId: BlobId.fromBytes(context.random(BlobId.sizeBytes)),
      key: context.random(32),
      hash: Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(sha256.slice(at * 2, at * 2 + 2), 16)),
      sizeBytes,
      chunkCount: Math.ceil(sizeBytes / BLOB_CHUNK_PLAIN_BYTES),
    },
    gone: true,
  };
}

/** The same with its bytes, stored under a key of this device's own. They go with the room if the import fails. */
export async function storedFile(
  context: RoomContext,
  roomId: RoomId,
  { gone: _gone, ...absent }: FileRecord,
  content: Uint8Array,
): Promise<FileRecord> {
  const sealed = newBlob(context.env, content);
  const file: FileRecord = { ...absent, blob: sealed.reference, here: true };
  const { keptAs, blob } = file;
  await storeChunks(context, { roomId, keptAs, chunkCount: blob.chunkCount }, sealed);
  return file;
}

function thumbnailIn(text: string): Uint8Array {
  try {
    const bytes = base64urlDecode(text);
    if (isThumbnail(bytes)) return bytes;
  } catch {
    // No base64url is no thumbnail either.
  }
  throw new ClientError('ARCHIVE_DAMAGED', 'a thumbnail that is none');
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}
