import type { BlobId, BlobReference, StreamId } from '@sotto/protocol';
import { ConnectionLost } from './relayFailure.ts';
import type { RelayLink } from './relayLink.ts';

/** Chunks asked for, or given, at once: enough to fill a line, few enough to let messages through between them. */
const UNDER_WAY = 4;

type Link = Pick<RelayLink, 'request'>;

/** A blob as far as it takes to put it somewhere. */
export interface GivenBlob {
  readonly reference: Pick<BlobReference, 'blobId' | 'chunkCount'>;
  chunk(index: number): Uint8Array | Promise<Uint8Array>;
}

/**
 * Puts a blob at the relay, or what of it is not there yet. `left` is told how many chunks that are, at first and after
 * each; what it throws ends it. Rejects with `RelayFailure` or `ConnectionLost`; what was
 * put until then stays there, and the next call goes on.
 */
export async function putBlob(
  link: Link,
  streamId: StreamId,
  blob: GivenBlob,
  left: (chunks: number) => void = () => undefined,
): Promise<void> {
  const { blobId, chunkCount } = blob.reference;
  const answer = await link.request({ type: 'openBlob', blobId, streamId, chunkCount });
  if (answer.type !== 'blobOpened') throw new ConnectionLost('an answer to something else');
  // The relay's word: an index that the blob does not have is none of its chunks.
  const missing = answer.missing.filter(index => index < chunkCount);
  let chunksLeft = missing.length;
  left(chunksLeft);
  await each(missing, async index => {
    await link.request({ type: 'putBlobChunk', blobId, index, bytes: await blob.chunk(index) });
    left(--chunksLeft);
  });
}

/**
 * Fetches the chunks of a blob into `chunks`, by index, but for those that are in it already. Rejects with
 * `RelayFailure` or `ConnectionLost`; what came until then stays in it.
 */
export async function getBlob(
  link: Link,
  { blobId, chunkCount }: Pick<BlobReference, 'blobId' | 'chunkCount'>,
  chunks: Map<number, Uint8Array>,
): Promise<void> {
  const missing = Array.from({ length: chunkCount }, (_, index) => index).filter(index => !chunks.has(index));
  await getChunks(link, blobId, missing, (index, bytes) => void chunks.set(index, bytes));
}

/** Fetches chunks of a blob, in any order, and hands each over; what `take` throws ends it. Rejects as `getBlob`. */
export async function getChunks(
  link: Link,
  blobId: BlobId,
  indexes: readonly number[],
  take: (index: number, bytes: Uint8Array) => Promise<void> | void,
): Promise<void> {
  await each(indexes, async index => {
    const answer = await link.request({ type: 'getBlobChunk', blobId, index });
    if (answer.type !== 'blobChunk') throw new ConnectionLost('an answer to something else');
    await take(index, answer.bytes);
  });
}

/** A few at a time; the first that fails ends it, once those under way have ended. */
async function each(indexes: readonly number[], work: (index: number) => Promise<void>): Promise<void> {
  const left = [...indexes];
  const failures: unknown[] = [];
  const worker = async () => {
    for (let index = left.shift(); index !== undefined && failures.length === 0; index = left.shift()) {
      await work(index).catch(error => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, worker));
  if (failures.length > 0) throw failures[0];
}
