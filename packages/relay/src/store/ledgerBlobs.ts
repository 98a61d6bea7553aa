import { type BlobChunk, type BlobId, LIMITS, type OpenBlob, type StreamId } from '@sotto/protocol';
import type { BlobStore, StoredChunk } from '../blobStore.ts';
import { notFound, Refusal } from '../refusal.ts';
import type { Caller } from '../streamStore.ts';
import type { BlobTables } from './blobTables.ts';
import { closed, type Transactions } from './transactions.ts';

/** How much the relay keeps of blobs; beyond it `open` is refused with `STREAM_FULL`. */
export interface BlobLimits {
  readonly maxBlobsPerDevice: number;
  readonly maxBytesPerDevice: number;
  readonly maxBytes: number;
}

const MIB = 1_048_576;

/** A device that lets a thousand in, one by one, into a room of a thousand puts 3 MiB there for each. */
export const DEFAULT_BLOB_LIMITS: BlobLimits = {
  maxBlobsPerDevice: 2_000,
  maxBytesPerDevice: 1_024 * MIB,
  maxBytes: 16 * 1_024 * MIB,
};

/** A `BlobStore` out of tables and the way their transactions are made: the rules of blobs, once for all adapters. */
export function ledgerBlobs(
  tables: BlobTables,
  transactions: Transactions,
  disk: { erase(): void; close(): void },
  limits: BlobLimits,
): BlobStore {
  const blobs = new Blobs(tables, limits);
  let isClosed = false;
  const read = async <T>(query: () => T): Promise<T> => {
    if (isClosed) throw closed();
    return query();
  };
  return {
    open: (...args) => transactions.run(() => blobs.open(...args)),
    put: (...args) => transactions.run(() => blobs.put(...args)),
    delete: (...args) => transactions.run(() => blobs.delete(...args)),
    sweep: (...args) => transactions.run(() => blobs.sweep(...args)),
    chunk: (...args) => read(() => blobs.chunk(...args)),
    streams: () => read(() => tables.streams()),
    bytesOf: streamId => read(() => blobs.bytesOf(streamId)),
    counts: () => read(() => tables.counts()),
    erase: () => read(() => disk.erase()),
    async close() {
      if (isClosed) return;
      await transactions.close();
      isClosed = true;
      disk.close();
    },
  };
}

class Blobs {
  constructor(
    private readonly tables: BlobTables,
    private readonly limits: BlobLimits,
  ) {}

  open({ deviceId, nowMs }: Caller, { blobId, streamId, chunkCount }: OpenBlob): readonly number[] {
    if (chunkCount === 0) throw new Refusal('MALFORMED', 'a blob has at least one chunk');
    if (chunkCount > LIMITS.blobChunks)
      throw new Refusal('TOO_LARGE', `a blob has at most ${LIMITS.blobChunks} chunks`);
    const known = this.tables.blob(blobId);
    if (known !== undefined) {
      const same =
        known.deviceId === deviceId && known.streamId === streamId && known.chunkCount === chunkCount;
      if (!same) throw new Refusal('CONFLICT', 'the blob id is taken');
      const there = new Set(this.tables.chunkIndexes(known));
      return indexes(chunkCount).filter(index => !there.has(index));
    }
    const neededBytes = chunkCount * LIMITS.blobChunkBytes;
    const ofDevice = this.tables.counts(deviceId);
    if (
      ofDevice.blobs >= this.limits.maxBlobsPerDevice ||
      ofDevice.bytes + neededBytes > this.limits.maxBytesPerDevice
    ) {
      throw new Refusal('STREAM_FULL', 'the device has put as much there as it may');
    }
    if (this.tables.counts().bytes + neededBytes > this.limits.maxBytes)
      throw new Refusal('STREAM_FULL', 'the relay holds as much as it may');
    this.tables.insert({ blobId, streamId, deviceId, chunkCount, openedAtMs: nowMs });
    return indexes(chunkCount);
  }

  put({ deviceId }: Caller, { blobId, index, bytes }: BlobChunk): void {
    const blob = this.tables.blob(blobId);
    if (blob === undefined || blob.deviceId !== deviceId) throw notFound();
    const last = blob.chunkCount - 1;
    if (index > last || (index < last && bytes.length !== LIMITS.blobChunkBytes))
      throw new Refusal('MALFORMED', 'the chunk has no place in the blob');
    this.tables.putChunk(blob, index, bytes);
  }

  chunk(blobId: BlobId, index: number): StoredChunk | undefined {
    const blob = this.tables.blob(blobId);
    if (blob === undefined || this.tables.countChunks(blob) < blob.chunkCount) return undefined;
    const bytes = this.tables.chunk(blob, index);
    return bytes && { streamId: blob.streamId, bytes };
  }

  delete({ deviceId }: Caller, blobId: BlobId): void {
    const blob = this.tables.blob(blobId);
    if (blob?.deviceId === deviceId) this.tables.delete(blob);
  }

  bytesOf(streamId: StreamId): number {
    const chunks = this.tables.ofStream(streamId).reduce((sum, { chunkCount }) => sum + chunkCount, 0);
    return chunks * LIMITS.blobChunkBytes;
  }

  sweep(openedBeforeMs: number, gone: readonly StreamId[]): number {
    const old = this.tables.openedBefore(openedBeforeMs);
    for (const blob of old) this.tables.delete(blob);
    const left = gone.flatMap(streamId => this.tables.ofStream(streamId));
    for (const blob of left) this.tables.delete(blob);
    return old.length + left.length;
  }
}

function indexes(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
