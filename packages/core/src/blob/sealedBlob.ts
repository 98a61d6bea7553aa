import { BLOB_CHUNK_PLAIN_BYTES, BlobId, type BlobReference } from '@sotto/protocol';
import { concatBytes, equalBytes } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS, labelled } from '../labels.ts';

/** A blob that can be sent: its chunks are made when they are asked for, each time the same. */
export interface SealedBlob {
  readonly reference: BlobReference;
  /** Ciphertext, at most `LIMITS.blobChunkBytes`. */
  chunk(index: number): Uint8Array;
}

/** A fresh id and a fresh key for this content, 1 byte to some 64 MiB; both may be used for it alone. */
export function referTo(env: CoreEnv, content: Uint8Array): BlobReference {
  return {
    blobId: BlobId.fromBytes(env.random(BlobId.sizeBytes)),
    key: env.random(32),
    hash: env.provider.hash('SHA-256', content),
    sizeBytes: content.length,
    chunkCount: Math.ceil(content.length / BLOB_CHUNK_PLAIN_BYTES),
  };
}

/** A blob of its own for this content, under a reference of its own. */
export function newBlob(env: CoreEnv, content: Uint8Array): SealedBlob {
  const reference = referTo(env, content);
  return { reference, chunk: index => sealChunk(env, reference, content, index) };
}

/**
 * The blob of a reference that was made for this content. A nonce is the chunk's index: the key is good for nothing
 * else, so that the same chunk is always the same bytes and no nonce meets two plaintexts.
 *
 * Throws `BAD_STATE` for any other content.
 */
export function sealBlob(
  env: Pick<CoreEnv, 'provider'>,
  reference: BlobReference,
  content: Uint8Array,
): SealedBlob {
  if (!isContentOf(env, reference, content))
    throw new CoreError('BAD_STATE', 'the reference is for another content');
  return { reference, chunk: index => sealChunk(env, reference, content, index) };
}

function sealChunk(
  env: Pick<CoreEnv, 'provider'>,
  reference: BlobReference,
  content: Uint8Array,
  index: number,
): Uint8Array {
  const plain = content.subarray(index * BLOB_CHUNK_PLAIN_BYTES, (index + 1) * BLOB_CHUNK_PLAIN_BYTES);
  const { nonce, aad } = placeOf(reference, index);
  return env.provider.aeadSeal('AES-256-GCM', reference.key, nonce, aad, plain);
}

/** The content of a blob from all its chunks, in order. Throws `CANNOT_OPEN` for any other bytes. */
export function openBlob(
  env: Pick<CoreEnv, 'provider'>,
  reference: BlobReference,
  chunks: readonly Uint8Array[],
): Uint8Array {
  if (chunks.length !== reference.chunkCount) throw cannotOpen();
  const plain = chunks.map((chunk, index) => openBlobChunk(env, reference, index, chunk));
  const content = concatBytes(...plain);
  if (!isContentOf(env, reference, content)) throw cannotOpen();
  return content;
}

/**
 * One chunk of a blob, for who has no room for all of them. Throws `CANNOT_OPEN` for any other bytes. That all together
 * are the content, only `isContentOf` says: whoever else was told the key could have made them.
 */
export function openBlobChunk(
  env: Pick<CoreEnv, 'provider'>,
  reference: BlobReference,
  index: number,
  chunk: Uint8Array,
): Uint8Array {
  const { nonce, aad } = placeOf(reference, index);
  const plain = env.provider.aeadOpen('AES-256-GCM', reference.key, nonce, aad, chunk);
  if (plain === undefined) throw cannotOpen();
  return plain;
}

/** Whether these are all the bytes that the reference was made for. */
export function isContentOf(
  env: Pick<CoreEnv, 'provider'>,
  { sizeBytes, hash }: BlobReference,
  content: Uint8Array,
): boolean {
  return content.length === sizeBytes && equalBytes(env.provider.hash('SHA-256', content), hash);
}

/** Where a chunk stands: it opens in no other place, in no other blob, and in none of another length. */
function placeOf({ blobId, chunkCount }: BlobReference, index: number) {
  const place = new Uint8Array(8);
  const view = new DataView(place.buffer);
  view.setUint32(0, chunkCount);
  view.setUint32(4, index);
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(8, index);
  return { nonce, aad: labelled(LABELS.blob, BlobId.toBytes(blobId), place) };
}

function cannotOpen(): CoreError {
  return new CoreError('CANNOT_OPEN', 'not the blob that the reference is for');
}
