import { createHash } from 'node:crypto';
import {
  BlobId,
  type DedupeId,
  type DeviceId,
  encodeSealedDelivery,
  LIMITS,
  type SourceId,
} from '@sotto/protocol';
import { inboxIdOf } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import type { RelayContext } from '../session/context.ts';
import type { InboxDelivery } from '../streamStore.ts';

export interface LargePost {
  readonly deviceIds: readonly DeviceId[];
  readonly dedupeId: DedupeId;
  readonly sourceId: SourceId | undefined;
  /** More than fits into an entry. */
  readonly message: Uint8Array;
  /** Called before anything is written, where there is anything to write. */
  readonly count: () => void;
  /** Called for each device that has it now, also where another one fails later. */
  readonly delivered: (delivery: InboxDelivery) => void;
}

/** Of large messages that wait in one inbox, all together: four of the largest. */
const MAX_BYTES_IN_INBOX = 4 * LIMITS.sealedPostBytes;
/** Chunks that go to the disk together: what else waits for it has its turn in between. */
const CHUNKS_AT_ONCE = 32;
/** The most that an entry has that says where a message lies. */
const ENTRY_BYTES = 128;

/**
 * Sealed messages that are too large for an entry: a blob for each inbox, then the entry that says where it lies. A
 * device takes its blob away once it has it; otherwise it goes with the retention, or with the inbox.
 */
export class LargePosts {
  constructor(private readonly context: Pick<RelayContext, 'store' | 'blobs' | 'nowMs'>) {}

  /** On the disk when it resolves. Throws `Refusal` `RATE_LIMITED` where no inbox has room. */
  async deliver(post: LargePost): Promise<void> {
    const { deviceIds, dedupeId, message } = post;
    const { store } = this.context;
    const takers = await store.takersOfSealed({ deviceIds, dedupeId, payloadBytes: ENTRY_BYTES });
    if (takers.length === 0) return;
    post.count();
    const hash = createHash('sha256').update(message).digest();
    let taken = 0;
    for (const deviceId of takers) {
      if (await this.#isCrowded(deviceId, message)) continue;
      taken += 1;
      await this.#deliverTo(deviceId, post, hash);
    }
    if (taken > 0) return;
    const others = deviceIds.filter(deviceId => !takers.includes(deviceId));
    if (others.length === 0)
      throw new Refusal('RATE_LIMITED', 'too many large messages wait there', { retryAfterMs: 60_000 });
    // Refuses unless one of them has it.
    await store.takersOfSealed({ deviceIds: others, dedupeId, payloadBytes: ENTRY_BYTES });
  }

  async #deliverTo(
    deviceId: DeviceId,
    { dedupeId, sourceId, message, delivered }: LargePost,
    hash: Uint8Array,
  ): Promise<void> {
    const { store, nowMs } = this.context;
    const blobId = blobIdOf(deviceId, dedupeId, hash);
    await this.#put(deviceId, blobId, message);
    const stored = { blobId, sizeBytes: message.length, hash: new Uint8Array(hash) };
    const payload = encodeSealedDelivery({ sourceId, stored });
    const deliveries = await store.deliverSealed({
      deviceIds: [deviceId],
      dedupeId,
      payload,
      nowMs: nowMs(),
    });
    // Until its first entry there is no inbox, and a sweep takes the blobs of what is not there.
    await this.#put(deviceId, blobId, message);
    for (const delivery of deliveries) delivered(delivery);
  }

  /** What of it is not there yet: a post that was cut off goes on. */
  async #put(deviceId: DeviceId, blobId: BlobId, message: Uint8Array): Promise<void> {
    const { blobs, nowMs } = this.context;
    const caller = { deviceId, nowMs: nowMs() };
    const streamId = inboxIdOf(deviceId);
    const missing = await blobs.open(caller, { blobId, streamId, chunkCount: chunksOf(message) });
    for (let at = 0; at < missing.length; at += CHUNKS_AT_ONCE) {
      const writes = missing.slice(at, at + CHUNKS_AT_ONCE).map(index => {
        const begin = index * LIMITS.blobChunkBytes;
        const bytes = message.subarray(begin, begin + LIMITS.blobChunkBytes);
        return blobs.put(caller, { blobId, index, bytes });
      });
      await Promise.all(writes);
    }
  }

  async #isCrowded(deviceId: DeviceId, message: Uint8Array): Promise<boolean> {
    const heldBytes = await this.context.blobs.bytesOf(inboxIdOf(deviceId));
    return heldBytes + chunksOf(message) * LIMITS.blobChunkBytes > MAX_BYTES_IN_INBOX;
  }
}

function chunksOf(message: Uint8Array): number {
  return Math.ceil(message.length / LIMITS.blobChunkBytes);
}

/** The same for the same message only: other bytes under the same message id are another blob. */
function blobIdOf(deviceId: DeviceId, dedupeId: DedupeId, hash: Uint8Array): BlobId {
  const label = `sotto/sealed-blob-v1\0${deviceId}\0${dedupeId}\0`;
  const digest = createHash('sha256').update(label).update(hash).digest();
  return BlobId.fromBytes(new Uint8Array(digest.subarray(0, BlobId.sizeBytes)));
}
