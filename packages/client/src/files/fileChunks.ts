import { isContentOf, openBlobChunk, type SealedBlob } from '@sotto/core';
import { BLOB_CHUNK_PLAIN_BYTES, type BlobReference, type MessageId } from '@sotto/protocol';
import type { RoomId } from '../projection.ts';
import type { FileRecord, FileWork } from '../records/fileRecords.ts';
import { KEYS } from '../records/keys.ts';
import { encodeRecord } from '../records/recordCodec.ts';
import type { RoomContext } from '../room/roomContext.ts';

/** Chunks that are written, or read, in one go: 1 MiB. */
const AT_ONCE = 16;

type Store = Pick<RoomContext, 'vault' | 'env' | 'giveWay'>;

/** Where the chunks of one file are kept. */
interface KeptFile {
  readonly roomId: RoomId;
  readonly keptAs: MessageId;
  readonly chunkCount: number;
}

/** Stores all chunks of a file, sealed as the relay will have them. Rejects with `VaultError`. */
export async function storeChunks(
  { vault, giveWay }: Store,
  { roomId, keptAs, chunkCount }: KeptFile,
  blob: SealedBlob,
): Promise<void> {
  for (const indexes of runsOf(chunkCount)) {
    await vault.commit(
      indexes.map(index => ({ key: KEYS.fileChunk(roomId, keptAs, index), value: blob.chunk(index) })),
    );
    await giveWay?.();
  }
}

/**
 * Stores a file that no message points to yet. Whoever puts the message takes the note away in the same transaction;
 * what a stop leaves in between is taken away at the next start.
 */
export async function storeFile(
  store: Store,
  roomId: RoomId,
  { keptAs, blob }: Pick<FileRecord, 'keptAs' | 'blob'>,
  sealed: SealedBlob,
): Promise<FileWork> {
  const work: FileWork = { what: 'storing', roomId, keptAs, chunkCount: blob.chunkCount };
  await store.vault.commit([{ key: KEYS.fileWork(keptAs), value: encodeRecord(work) }]);
  try {
    await storeChunks(store, work, sealed);
  } catch (error) {
    await dropChunks(store, work).catch(() => undefined);
    throw error;
  }
  return work;
}

export function readChunk({ vault }: Store, { roomId, keptAs }: KeptFile, index: number) {
  return vault.read(KEYS.fileChunk(roomId, keptAs, index));
}

/** Indexes of the chunks that are not there. */
export async function missingChunks(store: Store, kept: KeptFile): Promise<readonly number[]> {
  const missing: number[] = [];
  for (const indexes of runsOf(kept.chunkCount)) {
    const found = await readRun(store, kept, indexes);
    missing.push(...indexes.filter((_, i) => found[i] === undefined));
  }
  return missing;
}

/** The file from its chunks; `undefined` where they are not all there, or are not what the reference is for. */
export async function openChunks(
  store: Store,
  roomId: RoomId,
  { keptAs, blob }: Pick<FileRecord, 'keptAs' | 'blob'>,
): Promise<Uint8Array | undefined> {
  const { chunkCount } = blob;
  const content = new Uint8Array(blob.sizeBytes);
  for (const indexes of runsOf(chunkCount)) {
    const found = await readRun(store, { roomId, keptAs, chunkCount }, indexes);
    for (const [i, index] of indexes.entries()) {
      const plain = found[i] && openedOrNot(store, blob, index, found[i]);
      if (plain === undefined || plain.length > content.length - index * BLOB_CHUNK_PLAIN_BYTES)
        return undefined;
      content.set(plain, index * BLOB_CHUNK_PLAIN_BYTES);
    }
    await store.giveWay?.();
  }
  return isContentOf(store.env, blob, content) ? content : undefined;
}

/** Takes the chunks of a file away, then the note that they go. */
export async function dropChunks({ vault }: Store, { roomId, keptAs, chunkCount }: FileWork): Promise<void> {
  for (const indexes of runsOf(chunkCount)) {
    await vault.commit(indexes.map(index => ({ key: KEYS.fileChunk(roomId, keptAs, index), value: null })));
  }
  await vault.commit([{ key: KEYS.fileWork(keptAs), value: null }]);
}

function openedOrNot({ env }: Store, blob: BlobReference, index: number, chunk: Uint8Array) {
  try {
    return openBlobChunk(env, blob, index, chunk);
  } catch {
    return undefined;
  }
}

function readRun({ vault }: Store, { roomId, keptAs }: KeptFile, indexes: readonly number[]) {
  return vault.readMany(indexes.map(index => KEYS.fileChunk(roomId, keptAs, index)));
}

function* runsOf(chunkCount: number): Generator<readonly number[]> {
  for (let first = 0; first < chunkCount; first += AT_ONCE)
    yield Array.from({ length: Math.min(AT_ONCE, chunkCount - first) }, (_, i) => first + i);
}
