import { BlobId, StreamId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { id, someBytes, uint32, uint64List } from './wire/field.ts';
import { type BodyAlternatives, message } from './wire/message.ts';

/** What a device asks about blobs: encrypted files of a conversation, in chunks. Meanings: frames.proto. */
export type BlobRequest =
  /** Begins a blob, or goes on with one. Answered with `blobOpened`. */
  | ({ readonly type: 'openBlob' } & OpenBlob)
  | ({ readonly type: 'putBlobChunk' } & BlobChunk)
  /** Answered with `blobChunk`; `NOT_FOUND` for whatever this device may not read or is not there. */
  | { readonly type: 'getBlobChunk'; readonly blobId: BlobId; readonly index: number }
  /** By who put it there; again changes nothing. */
  | { readonly type: 'deleteBlob'; readonly blobId: BlobId };

export interface OpenBlob {
  readonly blobId: BlobId;
  /** The conversation whose members may read it. */
  readonly streamId: StreamId;
  /** Each but the last has `LIMITS.blobChunkBytes`. */
  readonly chunkCount: number;
}

export interface BlobChunk {
  readonly blobId: BlobId;
  readonly index: number;
  /** Ciphertext; at most `LIMITS.blobChunkBytes`. */
  readonly bytes: Uint8Array;
}

/** What a relay tells about blobs. */
export type BlobAnswer =
  /** The chunks that it does not have yet; none when the blob is complete. */
  | { readonly type: 'blobOpened'; readonly missing: readonly number[] }
  | { readonly type: 'blobChunk'; readonly bytes: Uint8Array };

const bytes = (number: number) => someBytes(number, LIMITS.blobChunkBytes);

export const blobRequests: BodyAlternatives<BlobRequest> = {
  openBlob: [
    40,
    message<OpenBlob>({ blobId: id(1, BlobId), streamId: id(2, StreamId), chunkCount: uint32(3) }),
  ],
  putBlobChunk: [41, message<BlobChunk>({ blobId: id(1, BlobId), index: uint32(2), bytes: bytes(3) })],
  getBlobChunk: [42, message({ blobId: id(1, BlobId), index: uint32(2) })],
  deleteBlob: [43, message({ blobId: id(1, BlobId) })],
};

export const blobAnswers: BodyAlternatives<BlobAnswer> = {
  blobOpened: [40, message({ missing: uint64List(1, LIMITS.blobChunks) })],
  blobChunk: [41, message({ bytes: bytes(1) })],
};
