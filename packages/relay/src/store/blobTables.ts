import type { BlobId, DeviceId, StreamId } from '@sotto/protocol';
import type { BlobCounts } from '../blobStore.ts';

export interface BlobRow {
  /** Local number; never used again. */
  readonly no: number;
  readonly blobId: BlobId;
  readonly streamId: StreamId;
  readonly deviceId: DeviceId;
  readonly chunkCount: number;
  readonly openedAtMs: number;
}

/** Rows of blobs and their chunks, synchronous and inside a transaction that their owner keeps. */
export interface BlobTables {
  blob(blobId: BlobId): BlobRow | undefined;
  insert(row: Omit<BlobRow, 'no'>): BlobRow;
  /** With its chunks. */
  delete(row: BlobRow): void;
  ofStream(streamId: StreamId): readonly BlobRow[];
  openedBefore(beforeMs: number): readonly BlobRow[];
  streams(): readonly StreamId[];
  /** Of one device, or of all. */
  counts(deviceId?: DeviceId): BlobCounts;

  chunk(row: BlobRow, index: number): Uint8Array | undefined;
  /** In order. */
  chunkIndexes(row: BlobRow): readonly number[];
  countChunks(row: BlobRow): number;
  /** One that is there stays. */
  putChunk(row: BlobRow, index: number, bytes: Uint8Array): void;
}
