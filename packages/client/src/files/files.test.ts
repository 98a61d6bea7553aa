import { LIMITS, MessageId } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FETCHED_BY_ITSELF_BYTES } from '../fileIntents.ts';
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

const SMALL = 150_000;
const LARGE = FETCHED_BY_ITSELF_BYTES + 100_000;

describe('a file', () => {
  it('goes from one to the other, whole, under its name, with what is said with it', async () => {
    const bytes = fileBytes(SMALL);
    const messageId = await sendFile(host, { name: 'Plan.pdf', mediaType: 'application/pdf', bytes }, 'look');
    expect(fileOf(host, messageId)).toMatchObject({ name: 'Plan.pdf', state: { state: 'uploading' } });
    await world.until(() => stateOf(gil, messageId) === 'here' && stateOf(host, messageId) === 'here');
    for (const person of [host, gil]) {
      expect(person.texts).toEqual(['look']);
      expect(fileOf(person, messageId)).toMatchObject({ mediaType: 'application/pdf', sizeBytes: SMALL });
      const read = await world.outcome(person.port.readFile(person.roomId!, messageId));
      expect(read).toMatchObject({ name: 'Plan.pdf', mediaType: 'application/pdf' });
      expect(Buffer.compare(read!.bytes, bytes)).toBe(0);
    }
    await world.until(() => host.sendState('look') === 'delivered');
  });

  it('is told in the list by what it is called, where nothing is said with it', async () => {
    const messageId = await sendFile(host, { name: 'Plan.pdf' });
    await world.until(() => stateOf(gil, messageId) === 'here');
    const file = { name: 'Plan.pdf', mediaType: 'application/octet-stream' };
    expect(gil.room).toMatchObject({ preview: { text: 'Plan.pdf', own: false, file }, unread: 1 });
    expect(host.room.preview).toMatchObject({ text: 'Plan.pdf', own: true, file });
  });

  it('is quoted by what it is called, and no longer once it is deleted', async () => {
    const messageId = await sendFile(host, { name: 'Plan.pdf', mediaType: 'application/pdf' });
    await world.until(() => stateOf(gil, messageId) === 'here');
    await gil.port.sendText(gil.roomId!, 'thank you', messageId);
    const quote = () => {
      const item = host.log.find(shown => shown.kind === 'message' && shown.text === 'thank you');
      return item?.kind === 'message' ? item.replyTo : undefined;
    };
    await world.until(() => quote() !== undefined);
    const file = { name: 'Plan.pdf', mediaType: 'application/pdf' };
    expect(quote()).toMatchObject({ text: 'Plan.pdf', file });
    await host.port.deleteMessages(host.roomId!, [messageId], { forEveryone: false });
    await world.until(() => quote()?.text === '');
    expect(quote()).not.toHaveProperty('file');
  });

  it('of more than 2 MiB is fetched when somebody wants it, and can be read only then', async () => {
    const bytes = fileBytes(LARGE);
    const messageId = await sendFile(gil, { bytes });
    await world.until(() => hasFile(host, messageId));
    await world.clock.advance(20_000);
    expect(stateOf(host, messageId)).toBe('at-relay');
    expect(await host.port.readFile(host.roomId!, messageId)).toBeUndefined();
    await host.port.fetchFile(host.roomId!, messageId);
    expect(stateOf(host, messageId)).toBe('downloading');
    await world.until(() => stateOf(host, messageId) === 'here');
    const read = await world.outcome(host.port.readFile(host.roomId!, messageId));
    expect(Buffer.compare(read!.bytes, bytes)).toBe(0);
  });

  it('does not hold up what is said after it, and leaves no gap', async () => {
    world.cutConnections();
    const messageId = await sendFile(host, { bytes: fileBytes(LARGE) });
    await host.say('said after it');
    await world.until(() => gil.texts.includes('said after it'));
    await world.until(() => hasFile(gil, messageId));
    await host.say('and after that');
    await world.until(() => gil.texts.includes('and after that'));
    expect(gil.log.filter(({ kind }) => kind === 'gap')).toEqual([]);
    await world.until(() => host.sendState('and after that') === 'delivered');
  });

  it('goes on where it was after a restart of the sender, of the relay, and of the reader', async () => {
    const bytes = fileBytes(LARGE);
    let puts = 0;
    host.tamperSent = body => {
      if (body.type === 'putBlobChunk' && ++puts === 9) world.killRelay();
      return body;
    };
    const messageId = await sendFile(host, { bytes });
    await world.until(() => puts >= 9);
    await host.stop();
    await host.start();
    expect(stateOf(host, messageId)).toBe('uploading');
    world.startRelay();
    await world.until(() => stateOf(host, messageId) === 'here');
    const chunks = Math.ceil(LARGE / (LIMITS.blobChunkBytes - 16));
    expect(puts).toBeLessThan(chunks + 9);
    await world.until(() => hasFile(gil, messageId));
    let gets = 0;
    gil.tamperSent = body => {
      if (body.type === 'getBlobChunk' && ++gets === 9) world.cutConnections();
      return body;
    };
    await gil.port.fetchFile(gil.roomId!, messageId);
    await world.until(() => gets >= 9);
    await gil.stop();
    await gil.start();
    await world.until(() => stateOf(gil, messageId) === 'here');
    expect(gets).toBeLessThan(chunks + 9);
    const read = await world.outcome(gil.port.readFile(gil.roomId!, messageId));
    expect(Buffer.compare(read!.bytes, bytes)).toBe(0);
  });

  it('that is asked to be sent twice under one id is sent once; another one under it is refused', async () => {
    const messageId = MessageId.fromBytes(new Uint8Array(16).fill(5));
    const bytes = fileBytes(5_000);
    const send = (more: Uint8Array = bytes) =>
      host.port.sendFile(host.roomId!, { name: 'a.bin', mediaType: '', bytes: more }, { messageId });
    await Promise.all([send(), send()]);
    await world.until(() => stateOf(gil, messageId) === 'here');
    await send();
    await expect(send(fileBytes(5_001))).rejects.toMatchObject({ code: 'BAD_MESSAGE_ID' });
    await world.clock.advance(5_000);
    expect(gil.texts).toEqual(['']);
    expect((await host.recordKeys('filework/')).length).toBe(0);
    expect((await host.recordKeys('file/')).length).toBe(1);
  });
});

it('a file that the relay refused can be sent again, and is not put there twice', async () => {
  let refused = 0;
  host.tamperSent = body => {
    if (body.type !== 'openBlob' || refused++ > 0) return body;
    return { ...body, chunkCount: body.chunkCount + 5_000 };
  };
  const messageId = await sendFile(host, { name: 'a.bin', bytes: fileBytes(SMALL) }, 'again');
  await world.until(() => host.sendState('again') === 'failed');
  await host.port.retry(host.roomId!, messageId);
  await world.until(() => gil.texts.includes('again') && host.texts.join() === 'again');
  const item = gil.log.find(shown => shown.kind === 'message');
  await world.until(() => item?.kind === 'message' && stateOf(gil, item.messageId) === 'here');
  expect(world.blobs.counts().blobs).toBe(1);
  await world.until(() => host.sendState('again') === 'delivered');
});

it('threat 45: who may not write may not send files either; the page is told before anything is stored', async () => {
  world.killRelay();
  await world.until(() => !host.online);
  const { actor } = host.engine!.rooms.get(host.roomId!);
  await actor.transact(step => step.set({ condition: 'ended' }));
  await expect(sendFile(host, {})).rejects.toMatchObject({ code: 'ROOM_ENDED' });
  expect(await host.recordKeys('file')).toEqual([]);
});

describe('what is no file to send', () => {
  it.each([
    ['FILE_EMPTY', { bytes: new Uint8Array(0) }],
    ['FILE_TOO_LARGE', { bytes: new Uint8Array(LIMITS.attachmentBytes + 1) }],
    ['BAD_FILE', { name: '../x' }],
    ['BAD_FILE', { picture: { width: 1, height: 1, thumbnail: fileBytes(50) } }],
  ] as const)('is refused: %s', async (code, file) => {
    await expect(sendFile(host, file)).rejects.toMatchObject({ code });
    expect(host.texts).toEqual([]);
    expect(await host.recordKeys('file')).toEqual([]);
  });
});

describe('stopping', () => {
  it('an upload takes the message back, and nothing of it stays, here or at the relay', async () => {
    let puts = 0;
    host.tamperSent = body => {
      if (body.type === 'putBlobChunk' && ++puts === 9) world.killRelay();
      return body;
    };
    const messageId = await sendFile(host, { bytes: fileBytes(LARGE) }, 'never mind');
    await world.until(() => puts >= 9);
    world.startRelay();
    await world.outcome(host.port.cancelFile(host.roomId!, messageId));
    expect(host.texts).toEqual([]);
    expect(host.room.preview).toBeUndefined();
    await world.clock.advance(5_000);
    expect(await host.recordKeys('file')).toEqual([]);
    expect(world.blobs.counts().blobs).toBe(0);
    await host.say('on we go');
    await world.until(() => gil.texts.join() === 'on we go');
  });

  it('a download leaves it at the relay, and nothing of it here', async () => {
    const messageId = await sendFile(host, { bytes: fileBytes(LARGE) });
    await world.until(() => hasFile(gil, messageId));
    let gets = 0;
    gil.tamperSent = body => {
      if (body.type === 'getBlobChunk' && ++gets === 9) world.cutConnections();
      return body;
    };
    await gil.port.fetchFile(gil.roomId!, messageId);
    await world.until(() => gets >= 9);
    await gil.port.cancelFile(gil.roomId!, messageId);
    await world.clock.advance(5_000);
    expect(stateOf(gil, messageId)).toBe('at-relay');
    expect(await gil.recordKeys('file')).toEqual([]);
    await gil.port.fetchFile(gil.roomId!, messageId);
    await world.until(() => stateOf(gil, messageId) === 'here');
  });
});

describe('the relay', () => {
  it('gives nothing to who is not in the room any more, and that is told', async () => {
    const messageId = await sendFile(host, { bytes: fileBytes(LARGE) });
    await world.until(() => hasFile(gil, messageId));
    await world.outcome(host.port.removeMember(host.roomId!, gil.engine!.state.self!.deviceId));
    await world.until(() => gil.room.membership === 'removed');
    await gil.port.fetchFile(gil.roomId!, messageId);
    await world.until(() => stateOf(gil, messageId) === 'gone');
    expect(await gil.recordKeys('file')).toEqual([]);
  });

  it('that has it no more is told as such', async () => {
    const messageId = await sendFile(host, { bytes: fileBytes(LARGE) });
    await world.until(() => hasFile(gil, messageId));
    for (const row of world.blobs.ofStream(gil.room.streamId!)) world.blobs.delete(row);
    await gil.port.fetchFile(gil.roomId!, messageId);
    await world.until(() => stateOf(gil, messageId) === 'gone');
  });
});
