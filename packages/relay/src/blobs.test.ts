import { randomBytes } from 'node:crypto';
import { BlobId, DedupeId, type DeviceId, LIMITS, StreamId } from '@sotto/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import { memoryRelay, settled, type TestClient } from './testing/memoryRelay.fixture.ts';

const bytes = (length: number) => new Uint8Array(randomBytes(length));
const HOUR_MS = 3_600_000;

let streamId: StreamId;
let blobId: BlobId;
beforeEach(() => {
  streamId = StreamId.fromBytes(bytes(16));
  blobId = BlobId.fromBytes(bytes(16));
});

const commit = (epoch: number, admitted: readonly DeviceId[], removedDeviceIds: readonly DeviceId[] = []) =>
  ({
    type: 'append',
    streamId,
    dedupeId: DedupeId.fromBytes(bytes(16)),
    kind: 'commit',
    expectEpoch: epoch,
    payload: bytes(20),
    admissions: admitted.map(deviceId => ({ deviceId, welcome: bytes(9) })),
    removedDeviceIds,
    adminDeviceIds: [],
  }) as const;

/** Ada hosts a conversation that ben is in; cyd is online and in none. */
async function room(setup = memoryRelay()) {
  const [ada, ben, cyd] = [await setup.online(), await setup.online(), await setup.online()];
  await ada.ask({ type: 'createStream', streamId });
  await ada.ask(commit(0, [ben.device.deviceId]));
  return { ...setup, ada, ben, cyd };
}

const open = (chunkCount = 2) => ({ type: 'openBlob', blobId, streamId, chunkCount }) as const;
const get = (index = 0) => ({ type: 'getBlobChunk', blobId, index }) as const;
const put = (index: number, chunk: Uint8Array) =>
  ({ type: 'putBlobChunk', blobId, index, bytes: chunk }) as const;

/** Puts a blob of two chunks there. */
async function upload(client: TestClient): Promise<readonly [Uint8Array, Uint8Array]> {
  const chunks = [bytes(LIMITS.blobChunkBytes), bytes(100)] as const;
  await client.ask(open());
  for (const [index, chunk] of chunks.entries()) expect(await client.codeOf(put(index, chunk))).toBe('ok');
  return chunks;
}

describe('blobs', () => {
  test('go from one member to the others, chunk by chunk', async () => {
    const { ada, ben } = await room();
    const [first, second] = await upload(ada);
    const answer = await ben.ask(get(0));
    expect(answer.type === 'blobChunk' && Buffer.compare(answer.bytes, first)).toBe(0);
    expect(await ben.ask(get(1))).toEqual({ type: 'blobChunk', bytes: second });
  });

  test('go on after the connection went', async () => {
    const { ada, online } = await room();
    expect(await ada.ask(open())).toEqual({ type: 'blobOpened', missing: [0, 1] });
    await ada.ask(put(1, bytes(5)));
    ada.connection.closed();
    const again = await online(ada.device);
    expect(await again.ask(open())).toEqual({ type: 'blobOpened', missing: [0] });
  });

  test('are there for a device from the commit that lets it in, up to the one that takes it out', async () => {
    const { ada, cyd } = await room();
    await upload(ada);
    expect(await cyd.codeOf(get())).toBe('NOT_FOUND');
    await ada.ask(commit(1, [cyd.device.deviceId]));
    expect(await cyd.codeOf(get())).toBe('ok');
    await ada.ask(commit(2, [], [cyd.device.deviceId]));
    expect(await cyd.codeOf(get())).toBe('NOT_FOUND');
  });
});

describe('threat 33: somebody else’s blob', () => {
  test('is for a stranger like one that is not there: to read, to write, to delete', async () => {
    const { ada, cyd } = await room();
    await upload(ada);
    const nowhere = BlobId.fromBytes(bytes(16));
    const there = await cyd.ask(get());
    expect(await cyd.ask({ ...get(), blobId: nowhere })).toEqual(there);
    expect(there).toMatchObject({ type: 'failure', code: 'NOT_FOUND' });
    expect(await cyd.ask({ ...put(0, bytes(5)), blobId: nowhere })).toEqual(await cyd.ask(put(0, bytes(5))));
    expect(await cyd.ask({ type: 'deleteBlob', blobId: nowhere })).toEqual(
      await cyd.ask({ type: 'deleteBlob', blobId }),
    );
    expect(await ada.codeOf(get())).toBe('ok');
  });

  test('cannot be begun in a conversation that one is not in', async () => {
    const { cyd } = await room();
    const answer = await cyd.ask(open());
    expect(answer).toMatchObject({ type: 'failure', code: 'NOT_FOUND' });
    const nowhere = StreamId.fromBytes(bytes(16));
    expect(await cyd.ask({ ...open(), streamId: nowhere })).toEqual(answer);
    expect(await cyd.codeOf({ ...open(), streamId: cyd.device.inboxId })).toBe('NOT_FOUND');
  });

  test('is not written or deleted by another member', async () => {
    const { ada, ben } = await room();
    await ada.ask(open(1));
    expect(await ben.codeOf(put(0, bytes(5)))).toBe('NOT_FOUND');
    expect(await ben.codeOf(open(1))).toBe('CONFLICT');
    const mine = bytes(6);
    await ada.ask(put(0, mine));
    await ben.ask({ type: 'deleteBlob', blobId });
    expect(await ben.ask(get())).toEqual({ type: 'blobChunk', bytes: mine });
  });

  test('is read by nobody before it is complete', async () => {
    const { ada, ben } = await room();
    await ada.ask(open());
    await ada.ask(put(1, bytes(5)));
    expect(await ben.codeOf(get(1))).toBe('NOT_FOUND');
  });
});

describe('blobs go', () => {
  test('when they are deleted, when their conversation ends, and when nobody is left in it', async () => {
    const { ada, ben, relay, scheduler } = await room();
    relay.start();
    await upload(ada);
    await ada.ask({ type: 'deleteBlob', blobId });
    expect(await ben.codeOf(get())).toBe('NOT_FOUND');
    await upload(ada);
    await ada.ask({ type: 'controlStream', streamId, action: 'end' });
    expect(await ben.codeOf(get())).toBe('NOT_FOUND');
    expect(await ada.codeOf(open())).toBe('STREAM_ENDED');
    streamId = StreamId.fromBytes(bytes(16));
    await ada.ask({ type: 'createStream', streamId });
    await upload(ada);
    await ada.ask({ type: 'leaveStream', streamId });
    await scheduler.advance(2 * HOUR_MS);
    await settled();
    // The id is free again: nothing is left of what was under it.
    streamId = StreamId.fromBytes(bytes(16));
    await ada.ask({ type: 'createStream', streamId });
    expect(await ada.codeOf(open(1))).toBe('ok');
  });

  test('after the retention', async () => {
    const { ada, ben, relay, scheduler } = await room(memoryRelay({ retentionMs: 4 * HOUR_MS }));
    relay.start();
    await upload(ada);
    await scheduler.advance(3 * HOUR_MS);
    expect(await ben.codeOf(get())).toBe('ok');
    await scheduler.advance(2 * HOUR_MS);
    expect(await ben.codeOf(get())).toBe('NOT_FOUND');
  });
});

test('threat 44: what a device fetches counts against its bytes', async () => {
  const setup = memoryRelay({
    quotas: { bytesPerDevice: { burst: 5 * LIMITS.blobChunkBytes, perSecond: 1 } },
  });
  const { ada, ben } = await room(setup);
  await upload(ada);
  const codes: string[] = [];
  for (let asked = 0; asked < 6; asked++) codes.push(await ben.codeOf(get()));
  expect(codes.slice(0, 4)).toEqual(['ok', 'ok', 'ok', 'ok']);
  expect(codes.at(-1)).toBe('RATE_LIMITED');
});

test('threat 44: a message is no larger than a message may be, though a commit may be', async () => {
  const { ada } = await room();
  const large = { ...commit(1, []), payload: bytes(LIMITS.payloadBytes + 1) };
  expect(await ada.codeOf({ ...large, kind: 'message' })).toBe('TOO_LARGE');
  expect(await ada.codeOf(large)).toBe('ok');
});
