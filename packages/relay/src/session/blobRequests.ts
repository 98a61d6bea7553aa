import { type BlobRequest, LIMITS, type ServerBody, type StreamId } from '@sotto/protocol';
import { notFound, Refusal } from '../refusal.ts';
import type { RelayContext } from './context.ts';
import type { Handlers, Requester } from './handler.ts';

const DONE: ServerBody = { type: 'done' };

/**
 * What a device asks about blobs. A blob belongs to a conversation: who is subscribed to it may read, who put the blob
 * there may write, and to everybody else it is not there.
 */
export const BLOB_HANDLERS: Handlers<BlobRequest> = {
  async openBlob(context, requester, request) {
    const status = await context.store.status(requester.deviceId, request.streamId);
    if (status === undefined || status.endsAtSeq > 0 || status.kind === 'inbox') throw notFound();
    if (status.condition === 'ended') throw new Refusal('STREAM_ENDED', 'the stream has ended');
    const missing = await context.blobs.open(callerOf(context, requester), request);
    return { type: 'blobOpened', missing };
  },

  async putBlobChunk(context, requester, request) {
    await context.blobs.put(callerOf(context, requester), request);
    return DONE;
  },

  async getBlobChunk(context, requester, { blobId, index }) {
    // What goes out costs what it would have cost to bring in.
    context.quotas.frame(requester.deviceId, LIMITS.blobChunkBytes);
    const chunk = await context.blobs.chunk(blobId, index);
    if (chunk === undefined || !(await mayRead(context, requester, chunk.streamId))) throw notFound();
    return { type: 'blobChunk', bytes: chunk.bytes };
  },

  async deleteBlob(context, requester, { blobId }) {
    await context.blobs.delete(callerOf(context, requester), blobId);
    context.deleted();
    return DONE;
  },
};

function callerOf({ nowMs }: RelayContext, { deviceId }: Requester) {
  return { deviceId, nowMs: nowMs() };
}

async function mayRead(
  { store }: RelayContext,
  { deviceId }: Requester,
  streamId: StreamId,
): Promise<boolean> {
  const status = await store.status(deviceId, streamId);
  return status !== undefined && status.endsAtSeq === 0;
}

/** Deletes blobs past their retention, and those of conversations that nobody is left to read. */
export async function sweepBlobs({ blobs, store, nowMs, retentionMs }: RelayContext): Promise<void> {
  const streams = await blobs.streams();
  const readers = await Promise.all(streams.map(streamId => store.subscribers(streamId)));
  const gone = streams.filter((_, index) => readers[index]?.length === 0);
  await blobs.sweep(nowMs() - retentionMs, gone);
}
