import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { BlobId, DeviceId, LIMITS, StreamId } from '@sotto/protocol';
import type { BlobStore } from '../blobStore.ts';
import { Refusal } from '../refusal.ts';
import type { BlobLimits } from './ledgerBlobs.ts';

const NOW_MS = 1_750_000_000_000;
const id = (fill: number) => new Uint8Array(16).fill(fill);
const streamId = StreamId.fromBytes(id(1));
const otherStreamId = StreamId.fromBytes(id(2));
const [ada, ben] = [10, 11].map(fill => DeviceId.fromBytes(id(fill))) as [DeviceId, DeviceId];
const blobOf = (fill: number) => BlobId.fromBytes(id(fill));
const blobId = blobOf(20);
const by = (deviceId: DeviceId, nowMs = NOW_MS) => ({ deviceId, nowMs });
const whole = (fill: number) => new Uint8Array(LIMITS.blobChunkBytes).fill(fill);
const rest = Uint8Array.of(7, 8, 9);

async function refused(code: string, work: Promise<unknown>): Promise<void> {
  const error = await work.then(
    () => undefined,
    caught => caught,
  );
  strictEqual(error instanceof Refusal ? error.code : error, code);
}

/** What every `BlobStore` does. `place` gives stores that see the same blobs one after another. */
export function blobStoreContract(
  check: (name: string, run: () => Promise<void>) => void,
  place: (limits?: Partial<BlobLimits>) => Promise<{ open(): Promise<BlobStore> }>,
): void {
  const test = (name: string, run: (store: BlobStore) => Promise<void>, limits?: Partial<BlobLimits>) =>
    check(name, async () => {
      const store = await (await place(limits)).open();
      try {
        await run(store);
      } finally {
        await store.close();
      }
    });
  const open = (store: BlobStore, chunkCount = 2, blob = blobId, deviceId = ada) =>
    store.open(by(deviceId), { blobId: blob, streamId, chunkCount });

  test('gives back the chunks of a blob once all of them are there', async store => {
    deepStrictEqual([...(await open(store))], [0, 1]);
    await store.put(by(ada), { blobId, index: 1, bytes: rest });
    strictEqual(await store.chunk(blobId, 1), undefined);
    await store.put(by(ada), { blobId, index: 0, bytes: whole(5) });
    const chunk = await store.chunk(blobId, 1);
    deepStrictEqual([chunk?.streamId, new Uint8Array(chunk?.bytes ?? [])], [streamId, rest]);
    deepStrictEqual(new Uint8Array((await store.chunk(blobId, 0))?.bytes ?? []), whole(5));
    for (const index of [2, LIMITS.blobChunks, LIMITS.blobChunks * 5])
      strictEqual(await store.chunk(blobId, index), undefined);
  });

  test('says what is reserved for one stream', async store => {
    await open(store, 2);
    await open(store, 3, blobOf(21));
    strictEqual(await store.bytesOf(streamId), 5 * LIMITS.blobChunkBytes);
    strictEqual(await store.bytesOf(otherStreamId), 0);
  });

  test('keeps the chunks of two blobs apart', async store => {
    await open(store, 1);
    await open(store, 1, blobOf(21));
    await store.put(by(ada), { blobId, index: 0, bytes: rest });
    strictEqual(await store.chunk(blobOf(21), 0), undefined);
    await store.put(by(ada), { blobId: blobOf(21), index: 0, bytes: whole(1) });
    await store.delete(by(ada), blobOf(21));
    deepStrictEqual(new Uint8Array((await store.chunk(blobId, 0))?.bytes ?? []), rest);
  });

  check('goes on where it was, also after a restart', async () => {
    const here = await place();
    const first = await here.open();
    await open(first, 3);
    await first.put(by(ada), { blobId, index: 1, bytes: whole(1) });
    await first.close();
    const second = await here.open();
    deepStrictEqual([...(await open(second, 3))], [0, 2]);
    await second.put(by(ada), { blobId, index: 1, bytes: whole(2) });
    await second.put(by(ada), { blobId, index: 0, bytes: whole(3) });
    await second.put(by(ada), { blobId, index: 2, bytes: rest });
    deepStrictEqual([...(await open(second, 3))], []);
    deepStrictEqual(new Uint8Array((await second.chunk(blobId, 1))?.bytes ?? []), whole(1));
    await second.close();
  });

  test('takes chunks only from who opened the blob, and only where they have a place', async store => {
    await refused('NOT_FOUND', store.put(by(ada), { blobId, index: 0, bytes: rest }));
    await open(store);
    await refused('NOT_FOUND', store.put(by(ben), { blobId, index: 0, bytes: whole(1) }));
    await refused('MALFORMED', store.put(by(ada), { blobId, index: 0, bytes: rest }));
    await refused('MALFORMED', store.put(by(ada), { blobId, index: 2, bytes: rest }));
    deepStrictEqual([...(await open(store))], [0, 1]);
  });

  test('refuses an id that is taken, whoever has it and whatever for', async store => {
    await open(store);
    await refused('CONFLICT', open(store, 2, blobId, ben));
    await refused('CONFLICT', open(store, 3));
    await refused('CONFLICT', store.open(by(ada), { blobId, streamId: otherStreamId, chunkCount: 2 }));
  });

  test('refuses blobs of no chunk, and of too many', async store => {
    await refused('MALFORMED', open(store, 0));
    await refused('TOO_LARGE', open(store, LIMITS.blobChunks + 1));
  });

  test('deletes for who put it there, and for nobody else, without telling', async store => {
    await open(store, 1);
    await store.put(by(ada), { blobId, index: 0, bytes: rest });
    await store.delete(by(ben), blobId);
    strictEqual((await store.counts()).blobs, 1);
    await store.delete(by(ada), blobId);
    await store.delete(by(ada), blobId);
    strictEqual(await store.chunk(blobId, 0), undefined);
    deepStrictEqual(await store.counts(), { blobs: 0, bytes: 0 });
  });

  test(
    'refuses a device that has put as much there as it may, and goes on for the others',
    async store => {
      await open(store, 2);
      await refused('STREAM_FULL', open(store, 2, blobOf(21)));
      await open(store, 1, blobOf(21));
      await refused('STREAM_FULL', open(store, 1, blobOf(22)));
      await open(store, 1, blobOf(22), ben);
      await store.delete(by(ada), blobId);
      await open(store, 1, blobOf(23));
    },
    { maxBlobsPerDevice: 2, maxBytesPerDevice: 3 * LIMITS.blobChunkBytes },
  );

  test(
    'refuses everybody when it holds as much as it may',
    async store => {
      await open(store, 3);
      await refused('STREAM_FULL', open(store, 2, blobOf(21), ben));
      await open(store, 1, blobOf(21), ben);
    },
    { maxBytes: 4 * LIMITS.blobChunkBytes },
  );

  test('sweeps what is old, and what belongs to conversations that are gone', async store => {
    await store.open(by(ada, NOW_MS - 1), { blobId, streamId, chunkCount: 1 });
    await open(store, 1, blobOf(21));
    await store.open(by(ada), { blobId: blobOf(22), streamId: otherStreamId, chunkCount: 1 });
    deepStrictEqual([...(await store.streams())].sort(), [streamId, otherStreamId].sort());
    strictEqual(await store.sweep(NOW_MS, []), 1);
    strictEqual(await store.sweep(NOW_MS, [otherStreamId]), 1);
    deepStrictEqual(await store.streams(), [streamId]);
    strictEqual((await store.counts()).blobs, 1);
  });

  check('takes nothing more once it is closed', async () => {
    const store = await (await place()).open();
    await store.close();
    await refused('UNAVAILABLE', open(store));
    await refused('UNAVAILABLE', store.chunk(blobId, 0));
  });
}
