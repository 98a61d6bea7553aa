import type { ServerBody } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FETCHED_BY_ITSELF_BYTES } from '../fileIntents.ts';
import { queueContent } from '../room/outbox.ts';
import { FillingStore } from '../testing/dyingStore.fixture.ts';
import { fileBytes, fileOf, hasFile, sendFile, stateOf } from '../testing/files.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let host: Person;
let gil: Person;

beforeEach(async () => {
  world = new World();
  host = await world.person('host', 'Hana').start();
  gil = await world.person('guest', 'Gil').start();
  await host.port.setName('Hana');
  await host.startRoom();
  await gil.enter(host.link);
  await world.until(() => host.room.members.length === 2);
  await world.clock.advance(30_000);
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const LARGE = FETCHED_BY_ITSELF_BYTES + 1;

/** What the relay gives of every chunk. */
function onChunks(change: (bytes: Uint8Array, nth: number) => ServerBody) {
  let nth = 0;
  return (body: ServerBody): readonly ServerBody[] =>
    body.type === 'blobChunk' ? [change(body.bytes, nth++)] : [body];
}

const failed = (code: 'NOT_FOUND' | 'UNAVAILABLE'): ServerBody => ({
  type: 'failure',
  code,
  message: '',
  epoch: 0,
  seq: 0,
  retryAfterMs: 0,
});

describe('a relay that gives', () => {
  const lies: Readonly<Record<string, (bytes: Uint8Array, nth: number) => ServerBody>> = {
    'other bytes': bytes => ({ type: 'blobChunk', bytes: bytes.map(byte => byte ^ 1) }),
    'one byte changed in the last chunk': (bytes, nth) => {
      const changed = bytes.slice();
      if (nth === 32) changed[7]! ^= 1;
      return { type: 'blobChunk', bytes: changed };
    },
    'less of it': bytes => ({ type: 'blobChunk', bytes: bytes.subarray(0, -1) }),
    'one chunk in the place of another': (() => {
      let first: Uint8Array | undefined;
      return bytes => {
        first ??= bytes;
        return { type: 'blobChunk', bytes: first };
      };
    })(),
  };

  it.each(Object.entries(lies))('%s is told, and nothing of it is shown or kept', async (_, lie) => {
    const messageId = await sendFile(host, { bytes: fileBytes(LARGE) });
    await world.until(() => hasFile(gil, messageId));
    gil.tamper = onChunks(lie);
    await gil.port.fetchFile(gil.roomId!, messageId);
    await world.until(() => stateOf(gil, messageId) === 'at-relay');
    expect(fileOf(gil, messageId)?.state).toEqual({ state: 'at-relay', trouble: 'wrong-bytes' });
    expect(await gil.port.readFile(gil.roomId!, messageId)).toBeUndefined();
    expect(await gil.recordKeys('file')).toEqual([]);
    gil.tamper = body => [body];
    await gil.port.fetchFile(gil.roomId!, messageId);
    await world.until(() => stateOf(gil, messageId) === 'here');
  });

  it('nothing, though it has it, is told as gone; and it can be asked for again', async () => {
    const messageId = await sendFile(host, { bytes: fileBytes(LARGE) });
    await world.until(() => hasFile(gil, messageId));
    gil.tamper = onChunks(() => failed('NOT_FOUND'));
    await gil.port.fetchFile(gil.roomId!, messageId);
    await world.until(() => stateOf(gil, messageId) === 'gone');
    gil.tamper = body => [body];
    await gil.port.fetchFile(gil.roomId!, messageId);
    await world.until(() => stateOf(gil, messageId) === 'here');
  });

  it('nothing for now is asked again, later and later', async () => {
    const messageId = await sendFile(host, { bytes: fileBytes(LARGE) });
    await world.until(() => hasFile(gil, messageId));
    let refused = 0;
    gil.tamper = onChunks(bytes => (++refused < 4 ? failed('UNAVAILABLE') : { type: 'blobChunk', bytes }));
    await gil.port.fetchFile(gil.roomId!, messageId);
    await world.until(() => stateOf(gil, messageId) === 'here');
  });
});

it('a member that has the key cannot pass other bytes off as the file: the hash stands in the message', async () => {
  const bytes = fileBytes(1_000);
  const { context, rooms } = host.engine!;
  const { referTo, sealBlob, newBlob } = await import('@sotto/core');
  const reference = referTo(context.env, bytes);
  const other = fileBytes(1_001).subarray(0, 1_000);
  // Under the same key and id, and so for the relay the same blob.
  const forged = sealBlob(
    context.env,
    { ...reference, hash: newBlob(context.env, other).reference.hash },
    other,
  );
  const { actor } = rooms.get(host.roomId!);
  const { blobId, chunkCount } = reference;
  const streamId = actor.state.record.streamId!;
  await world.outcome(context.link.request({ type: 'openBlob', blobId, streamId, chunkCount }));
  await world.outcome(
    context.link.request({ type: 'putBlobChunk', blobId, index: 0, bytes: forged.chunk(0) }),
  );
  await actor.transact(step => {
    const body = {
      type: 'attachment',
      blob: reference,
      name: 'x',
      mediaType: '',
      width: 0,
      height: 0,
      text: 'x',
    } as const;
    queueContent(context, step, 'text', body, { text: 'x' });
  });
  actor.wake();
  await world.until(() => gil.texts.includes('x'));
  const item = gil.log.find(shown => shown.kind === 'message');
  const messageId = item?.kind === 'message' ? item.messageId : undefined;
  await world.until(() => fileOf(gil, messageId!)?.state.state === 'at-relay');
  await world.clock.advance(1_000);
  expect(fileOf(gil, messageId!)?.state).toEqual({ state: 'at-relay', trouble: 'wrong-bytes' });
});

it('a name that deceives is not shown', async () => {
  const { context, rooms } = host.engine!;
  const { newBlob } = await import('@sotto/core');
  const { reference: blob } = newBlob(context.env, fileBytes(10));
  const { actor } = rooms.get(host.roomId!);
  await actor.transact(step => {
    const said = {
      blob,
      name: 'photo\u202Egpj.exe',
      mediaType: 'image/jpeg',
      width: 5,
      height: 0,
      text: 'x',
    };
    queueContent(context, step, 'text', { type: 'attachment', ...said }, { text: 'x' });
  });
  actor.wake();
  await world.until(() => gil.texts.includes('x'));
  const item = gil.log.find(shown => shown.kind === 'message');
  expect(item).toMatchObject({ file: { name: 'file.jpg', mediaType: 'image/jpeg' } });
  expect(item).not.toHaveProperty('file.width');
});

describe('a disk that is full', () => {
  it('of the sender: told, and nothing of the file stays', async () => {
    await host.stop();
    const counting = new FillingStore(host.disk, Number.POSITIVE_INFINITY);
    await host.start(counting);
    await world.until(() => host.online);
    await host.stop();
    await host.start(new FillingStore(host.disk, counting.commits + 3));
    await expect(sendFile(host, { bytes: fileBytes(LARGE) })).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(host.texts).toEqual([]);
    await host.stop();
    await host.start();
    await world.clock.advance(1_000);
    expect(await host.recordKeys('file')).toEqual([]);
  });
});
