import { DedupeId, DeviceId, decodeSealedDelivery, LIMITS } from '@sotto/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import type { BlobStore } from '../blobStore.ts';
import { inboxIdOf } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import { sweepBlobs } from '../session/blobRequests.ts';
import type { RelayContext } from '../session/context.ts';
import { createMemoryBlobs } from '../store/memoryBlobs.ts';
import { createMemoryStore } from '../store/memoryStore.ts';
import type { StreamStore } from '../streamStore.ts';
import { LargePosts } from './largePosts.ts';

const id = (fill: number) => new Uint8Array(16).fill(fill);
const [ada, ben] = [10, 11].map(fill => DeviceId.fromBytes(id(fill))) as [DeviceId, DeviceId];
const nowMs = () => 1_750_000_000_000;

let store: StreamStore;
let blobs: BlobStore;
let counted: number;
let delivered: DeviceId[];
beforeEach(() => {
  store = createMemoryStore();
  blobs = createMemoryBlobs();
  counted = 0;
  delivered = [];
});

const message = (fill: number, sizeBytes = 200_000) => new Uint8Array(sizeBytes).fill(fill);
const post = (bytes: Uint8Array, deviceIds = [ada, ben], number = bytes[0]!, into = blobs) =>
  new LargePosts({ store, blobs: into, nowMs }).deliver({
    deviceIds,
    dedupeId: DedupeId.fromBytes(id(number)),
    sourceId: undefined,
    message: bytes,
    count: () => {
      counted += 1;
    },
    delivered: ({ deviceId }) => delivered.push(deviceId),
  });

async function waitingFor(deviceId: DeviceId) {
  const page = { afterSeq: 0, maxEntries: 100, maxBytes: 1_000_000 };
  const entries = await store.entries(deviceId, inboxIdOf(deviceId), page);
  return entries.map(({ payload }) => decodeSealedDelivery(payload).stored!);
}

/** Whether the whole of the first message can be fetched. */
async function hasFirst(deviceId: DeviceId): Promise<boolean> {
  const { blobId, sizeBytes } = (await waitingFor(deviceId))[0]!;
  const chunks: Uint8Array[] = [];
  for (let index = 0; index * LIMITS.blobChunkBytes < sizeBytes; index++)
    chunks.push((await blobs.chunk(blobId, index))!.bytes);
  return Buffer.concat(chunks).equals(message(1));
}

describe('a large message', () => {
  test('lies in each inbox, is counted once, and not again where it came before', async () => {
    await post(message(1));
    expect([counted, delivered]).toEqual([1, [ada, ben]]);
    expect(await hasFirst(ada)).toBe(true);
    expect(await hasFirst(ben)).toBe(true);
    await post(message(1));
    expect([counted, delivered, (await waitingFor(ada)).length]).toEqual([1, [ada, ben], 1]);
    // Other bytes under the same id of a message: it is the first that counts.
    await post(message(2), [ada], 1);
    expect(await hasFirst(ada)).toBe(true);
  });

  test('that was cut off in the middle goes on, and nobody is told of it before it is whole', async () => {
    let left = 2;
    const failing: BlobStore = {
      ...blobs,
      put: (...args) =>
        left-- > 0 ? blobs.put(...args) : Promise.reject(new Refusal('UNAVAILABLE', 'the disk is full')),
    };
    await expect(post(message(1), [ada], 1, failing)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([await waitingFor(ada), delivered]).toEqual([[], []]);
    await post(message(1), [ada]);
    expect(await hasFirst(ada)).toBe(true);
  });

  test('is whole also where a sweep comes before its entry', async () => {
    const context = { blobs, store, nowMs, retentionMs: 1_000 } as RelayContext;
    const deliver = store.deliverSealed;
    store = {
      ...store,
      async deliverSealed(delivery) {
        await sweepBlobs(context);
        return deliver(delivery);
      },
    };
    await post(message(1), [ada]);
    expect(await hasFirst(ada)).toBe(true);
    await sweepBlobs(context);
    expect(await hasFirst(ada)).toBe(true);
  });

  test('is refused where as much waits as may, and taken again once a device has fetched', async () => {
    for (let number = 1; number <= 4; number++) await post(message(number, LIMITS.sealedPostBytes), [ada]);
    const fifth = message(5, LIMITS.sealedPostBytes);
    await expect(post(fifth, [ada])).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      facts: { retryAfterMs: 60_000 },
    });
    expect(await waitingFor(ada)).toHaveLength(4);
    // One device that is full keeps no other from reading, and what one of them has is not refused when it comes again.
    await post(fifth, [ada, ben]);
    await post(fifth, [ada, ben]);
    expect([(await waitingFor(ada)).length, (await waitingFor(ben)).length]).toEqual([4, 1]);
    const { blobId } = (await waitingFor(ada))[0]!;
    await blobs.delete({ deviceId: ada, nowMs: nowMs() }, blobId);
    await post(fifth, [ada, ben]);
    expect(await waitingFor(ada)).toHaveLength(5);
  });
});
