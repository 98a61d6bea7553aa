import type { BlobChunk, BlobId, OpenBlob, StreamId } from '@sotto/protocol';
import type { Caller } from './streamStore.ts';

/** A chunk of a complete blob, with the conversation whose members may read it, or the inbox whose device may. */
export interface StoredChunk {
  readonly streamId: StreamId;
  readonly bytes: Uint8Array;
}

export interface BlobCounts {
  readonly blobs: number;
  /** Reserved by `open`, whether their chunks are there or not. */
  readonly bytes: number;
}

/**
 * Where blobs live: encrypted files in chunks, each of one conversation, put there by one device. Who may read which
 * conversation is for the caller to know.
 *
 * Every write is durable when its promise resolves, and has not happened when it rejects. Rejections: `Refusal` with
 * the code for the client; `Refusal` `UNAVAILABLE` when the disk would not take it. Every adapter passes
 * `blobStoreContract`.
 */
export interface BlobStore {
  /**
   * Reserves room for a blob; with the same values again it goes on with it. Gives the indexes of the chunks that are
   * not there yet. `CONFLICT` when the id is taken by another, `TOO_LARGE` for more chunks than a blob has,
   * `STREAM_FULL` when the device or the store holds as much as it may.
   */
  open(caller: Caller, blob: OpenBlob): Promise<readonly number[]>;
  /** By who opened it. A chunk that is there stays. `NOT_FOUND`; `MALFORMED` for a chunk that has no place in the blob. */
  put(caller: Caller, chunk: BlobChunk): Promise<void>;
  /** `undefined` unless the blob is complete and has such a chunk. */
  chunk(blobId: BlobId, index: number): Promise<StoredChunk | undefined>;
  /** By who opened it; what is not there, or somebody else's, stays as it is without a word. */
  delete(caller: Caller, blobId: BlobId): Promise<void>;
  /** Conversations and inboxes that have blobs. */
  streams(): Promise<readonly StreamId[]>;
  /** Reserved for blobs of that stream. */
  bytesOf(streamId: StreamId): Promise<number>;
  /** Deletes blobs opened before then, and all of these conversations; gives how many. */
  sweep(openedBeforeMs: number, gone: readonly StreamId[]): Promise<number>;
  counts(): Promise<BlobCounts>;
  /** Makes what was deleted unreadable in the files, as far as the platform allows. */
  erase(): Promise<void>;
  /** Writes that were called before are done first; later calls reject with `UNAVAILABLE`. */
  close(): Promise<void>;
}
