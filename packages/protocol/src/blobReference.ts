import { ProtocolError } from './errors.ts';
import { BlobId } from './ids.ts';
import { LIMITS } from './limits.ts';
import { exactBytes, id, uint32, uint64 } from './wire/field.ts';
import { decode, encode, versionedMessage } from './wire/message.ts';

/** Everything that is needed to fetch a blob from the relay and to open it: it travels inside what is encrypted. */
export interface BlobReference {
  readonly blobId: BlobId;
  /** AES-256-GCM, for this blob only; 32 bytes. */
  readonly key: Uint8Array;
  /** SHA-256 of the plaintext; 32 bytes. */
  readonly hash: Uint8Array;
  /** Of the plaintext. */
  readonly sizeBytes: number;
  readonly chunkCount: number;
}

/** What AES-GCM adds to each chunk. */
const TAG_BYTES = 16;

/** Plaintext in each chunk of a blob but the last, which has what is left, and at least one byte. */
export const BLOB_CHUNK_PLAIN_BYTES = LIMITS.blobChunkBytes - TAG_BYTES;

export const blobReferenceCodec = versionedMessage<BlobReference>({
  blobId: id(2, BlobId),
  key: exactBytes(3, 32),
  hash: exactBytes(4, 32),
  sizeBytes: uint64(5),
  chunkCount: uint32(6),
});

/** The most that an encoded one has. */
export const BLOB_REFERENCE_BYTES = 128;

export function encodeBlobReference(reference: BlobReference): Uint8Array {
  return encode(blobReferenceCodec, checked(reference), BLOB_REFERENCE_BYTES);
}

/** Parses a reference; throws `ProtocolError`, also for sizes that no blob has. */
export function decodeBlobReference(bytes: Uint8Array): BlobReference {
  return checked(decode(blobReferenceCodec, bytes, BLOB_REFERENCE_BYTES));
}

function checked(reference: BlobReference): BlobReference {
  const { sizeBytes, chunkCount } = reference;
  if (sizeBytes + chunkCount * TAG_BYTES > LIMITS.blobBytes)
    throw new ProtocolError('TOO_LARGE', `a blob has at most ${LIMITS.blobBytes} bytes`);
  if (sizeBytes === 0 || chunkCount !== Math.ceil(sizeBytes / BLOB_CHUNK_PLAIN_BYTES))
    throw new ProtocolError('MALFORMED', 'a blob of an impossible size');
  return reference;
}
