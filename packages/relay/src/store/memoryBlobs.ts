import { type BlobId, type DeviceId, LIMITS, type StreamId } from '@sotto/protocol';
import type { BlobCounts, BlobStore } from '../blobStore.ts';
import type { BlobRow, BlobTables } from './blobTables.ts';
import { type BlobLimits, DEFAULT_BLOB_LIMITS, ledgerBlobs } from './ledgerBlobs.ts';
import { groupCommit } from './transactions.ts';

/** Blobs that go with the process. */
export class MemoryBlobTables implements BlobTables {
  readonly #blobs = new Map<BlobId, { readonly row: BlobRow; readonly chunks: Map<number, Uint8Array> }>();
  #nextNo = 1;

  blob(blobId: BlobId): BlobRow | undefined {
    return this.#blobs.get(blobId)?.row;
  }

  insert(row: Omit<BlobRow, 'no'>): BlobRow {
    const inserted = { ...row, no: this.#nextNo++ };
    this.#blobs.set(row.blobId, { row: inserted, chunks: new Map() });
    return inserted;
  }

  delete({ blobId }: BlobRow): void {
    this.#blobs.delete(blobId);
  }

  ofStream(streamId: StreamId): readonly BlobRow[] {
    return this.#rows().filter(row => row.streamId === streamId);
  }

  openedBefore(beforeMs: number): readonly BlobRow[] {
    return this.#rows().filter(({ openedAtMs }) => openedAtMs < beforeMs);
  }

  streams(): readonly StreamId[] {
    return [...new Set(this.#rows().map(({ streamId }) => streamId))];
  }

  counts(deviceId?: DeviceId): BlobCounts {
    const rows = this.#rows().filter(row => deviceId === undefined || row.deviceId === deviceId);
    const chunks = rows.reduce((sum, { chunkCount }) => sum + chunkCount, 0);
    return { blobs: rows.length, bytes: chunks * LIMITS.blobChunkBytes };
  }

  chunk({ blobId }: BlobRow, index: number): Uint8Array | undefined {
    return this.#blobs.get(blobId)?.chunks.get(index);
  }

  chunkIndexes({ blobId }: BlobRow): readonly number[] {
    return [...(this.#blobs.get(blobId)?.chunks.keys() ?? [])].sort((a, b) => a - b);
  }

  countChunks({ blobId }: BlobRow): number {
    return this.#blobs.get(blobId)?.chunks.size ?? 0;
  }

  putChunk({ blobId }: BlobRow, index: number, bytes: Uint8Array): void {
    const chunks = this.#blobs.get(blobId)?.chunks;
    if (chunks !== undefined && !chunks.has(index)) chunks.set(index, bytes);
  }

  #rows(): readonly BlobRow[] {
    return [...this.#blobs.values()].map(({ row }) => row);
  }
}

/** A `BlobStore` that forgets everything with the process, for tests and simulation; options as `createMemoryStore`. */
export function createMemoryBlobs(
  options: {
    readonly schedule?: (flush: () => void) => void;
    readonly tables?: MemoryBlobTables;
    readonly limits?: Partial<BlobLimits>;
  } = {},
): BlobStore {
  const nothing = { begin() {}, commit() {}, rollback() {} };
  const transactions = groupCommit(nothing, options.schedule ?? queueMicrotask, error => {
    throw error;
  });
  const tables = options.tables ?? new MemoryBlobTables();
  return ledgerBlobs(
    tables,
    transactions,
    { erase() {}, close() {} },
    {
      ...DEFAULT_BLOB_LIMITS,
      ...options.limits,
    },
  );
}
