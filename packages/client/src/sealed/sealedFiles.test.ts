import type { NoteAttachment } from '@sotto/core';
import type { AccountId } from '@sotto/protocol';
import { MemoryStore, type StoreWrite, VaultError } from '@sotto/vault';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { signedIn } from '../testing/accounts.fixture.ts';
import { accountIdOf, roomWhere, somebody } from '../testing/people.fixture.ts';
import { LARGE, letterFor, someNote } from '../testing/sealedLetters.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let mara: Person;
let marasId: AccountId;

beforeEach(async () => {
  world = new World(80);
  world.onThreads = true;
  mara = await somebody(world, 'mara');
  marasId = accountIdOf(mara);
  await world.outcome(mara.port.makeSealedKeys({ strangers: true }));
});

afterEach(() => world.close());

const CANARY = 'canary-5ea1edf11e';
const PLAN: NoteAttachment = {
  name: 'plan.txt',
  mediaType: 'text/plain',
  bytes: new TextEncoder().encode(`The cellar, ${CANARY}`),
};
const PHOTO: NoteAttachment = { name: 'door.jpg', mediaType: 'image/jpeg', bytes: Uint8Array.of(1, 2, 3) };

async function leave(text: string, ...attachments: readonly NoteAttachment[]): Promise<void> {
  await world.postSealed('mara', await letterFor(world, 'mara', marasId, someNote(text, { attachments })));
}
const strangers = (person = mara) => roomWhere(world, person, room => room.sealed?.kind === 'strangers');
const messages = (person = mara) => person.log.flatMap(item => (item.kind === 'message' ? [item] : []));
const done = <T>(promise: Promise<T>) => world.outcome(promise);
const hasCanary = async () => (await mara.records()).some(bytes => Buffer.from(bytes).includes(CANARY));

it('files stand in the log, the first beside the words, and are read like all others, on each device alike', async () => {
  const phone = await signedIn(world, 'mara');
  await world.until(() => phone.engine!.state.sealed?.keys !== undefined);
  await leave('Two files', PLAN, PHOTO);
  await leave('', PLAN);
  for (const person of [mara, phone]) {
    const room = await strangers(person);
    await world.until(() => messages(person).length === 3);
    expect(messages(person).map(({ text, file }) => [text, file?.name, file?.state.state])).toEqual([
      ['Two files', 'plan.txt', 'here'],
      ['', 'door.jpg', 'here'],
      ['', 'plan.txt', 'here'],
    ]);
    const [plan, photo] = messages(person);
    expect(await done(person.port.readFile(room.roomId, plan!.messageId))).toMatchObject(PLAN);
    expect(await done(person.port.readFile(room.roomId, photo!.messageId))).toMatchObject(PHOTO);
    await world.until(() => person.room.unread === 3);
  }
  expect(messages(mara).map(({ messageId }) => messageId)).toEqual(
    messages(phone).map(({ messageId }) => messageId),
  );
  const { found } = await done(mara.port.search({ query: 'door.jpg', hasFile: true, limit: 5 }));
  expect(found).toHaveLength(1);
  // After a restart they are here still.
  await mara.stop();
  await mara.start();
  await strangers();
  expect(await done(mara.port.readFile(mara.roomId!, messages()[0]!.messageId))).toMatchObject(PLAN);
});

it('threat 56: with its message a file goes, and no key to it stays', async () => {
  await leave('To be deleted', PLAN);
  const { roomId } = await strangers();
  await world.until(() => messages().length === 1);
  const [{ messageId } = { messageId: undefined! }] = messages();
  await done(mara.port.deleteMessages(roomId, [messageId], { forEveryone: false }));
  await world.until(async () => (await mara.recordKeys('file/')).length === 0);
  expect(await mara.recordKeys('filework/')).toEqual([]);
  await leave('Another', PLAN);
  await world.until(() => messages().some(({ text }) => text === 'Another'));
  await done(mara.port.deleteConversation(roomId));
  await world.until(async () => (await mara.recordKeys('file/')).length === 0);
  expect(await hasCanary()).toBe(false);
});

/** A disk that has no room as long as it is said to have none. */
class FullStore extends MemoryStore {
  full = false;

  override async commit(writes: readonly StoreWrite[]): Promise<void> {
    if (this.full) throw new VaultError('QUOTA_EXCEEDED', 'the disk is full');
    await super.commit(writes);
  }
}

it('a device without room takes nothing of a large message, goes on, and has it once there is room', async () => {
  await mara.stop();
  const store = new FullStore(mara.disk);
  await mara.start(store);
  mara.tamper = body => {
    store.full ||= body.type === 'blobChunk';
    return [body];
  };
  await leave('large', LARGE);
  await world.until(() => store.full);
  await world.clock.advance(2_000);
  expect(mara.engine!.state.rooms).toEqual([]);
  expect(mara.engine!.state.connection).toEqual({ state: 'online' });
  mara.tamper = body => [body];
  store.full = false;
  const { roomId } = await strangers();
  expect(mara.texts).toEqual(['large']);
  const [message] = messages();
  const read = await done(mara.port.readFile(roomId, message!.messageId));
  expect(Buffer.from(LARGE.bytes).equals(read!.bytes)).toBe(true);
  await world.until(async () => (await mara.recordKeys('filework/')).length === 0);
});
