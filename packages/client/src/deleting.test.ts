import type { MessageId } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { queueContent } from './room/outbox.ts';
import { findsOnDisk, RememberingStore } from './testing/rememberingStore.fixture.ts';
import { type Person, World } from './testing/world.fixture.ts';

let world: World;
let host: Person;
let gil: Person;
let disks: ReadonlyMap<Person, RememberingStore>;

beforeEach(async () => {
  world = new World();
  host = world.person('host', 'Hana');
  gil = world.person('guest', 'Gil');
  disks = new Map([host, gil].map(person => [person, new RememberingStore(person.disk)]));
  for (const person of [host, gil]) await person.start(disks.get(person)!);
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

/** Opens the disk again, which remembers what was on it. */
const start = (person: Person) => person.start(new RememberingStore(person.disk, disks.get(person)!.rows));
const finds = (person: Person, text: string) => findsOnDisk(person, disks.get(person)!, text);
const idOf = (person: Person, text: string) => {
  const item = person.log.find(shown => shown.kind === 'message' && shown.text === text);
  if (item?.kind !== 'message') throw new Error(`nothing says ${text}`);
  return item.messageId;
};

async function bothHave(...texts: readonly string[]): Promise<void> {
  await world.until(() => [host, gil].every(person => texts.every(text => person.texts.includes(text))));
  await world.until(() =>
    texts.every(text => [undefined, 'delivered', 'read'].includes(host.sendState(text))),
  );
}

describe('deleting for oneself', () => {
  it('is gone from the screen, the preview and the bytes of this device, and of no other', async () => {
    await host.say('keep this');
    await gil.say('the secret of Gil');
    await bothHave('keep this', 'the secret of Gil');
    expect(await finds(host, 'the secret of Gil')).toBe(true);
    await host.port.deleteMessages(host.roomId!, [idOf(host, 'the secret of Gil')], { forEveryone: false });
    expect(host.texts).toEqual(['keep this']);
    expect(host.room.preview?.text).toBe('keep this');
    expect(await finds(host, 'the secret of Gil')).toBe(false);
    expect(await finds(host, 'keep this')).toBe(true);
    expect(gil.texts).toContain('the secret of Gil');
    await host.stop();
    await start(host);
    expect(host.texts).toEqual(['keep this']);
    await host.say('on we go');
    await bothHave('on we go');
  });

  it('quotes of it go with it', async () => {
    await gil.say('the secret of Gil');
    await bothHave('the secret of Gil');
    await gil.port.sendText(gil.roomId!, 'as I said', idOf(gil, 'the secret of Gil'));
    await bothHave('as I said');
    await host.port.deleteMessages(host.roomId!, [idOf(host, 'the secret of Gil')], { forEveryone: false });
    const reply = host.log.find(item => item.kind === 'message' && item.text === 'as I said');
    expect(reply).toMatchObject({ replyTo: { text: '' } });
    expect(await finds(host, 'the secret of Gil')).toBe(false);
  });

  it('what is not there, or still on its way, is refused, and nothing changes', async () => {
    await gil.say('there');
    await bothHave('there');
    world.killRelay();
    await host.say('on its way');
    await world.until(() => host.texts.includes('on its way'));
    const deleting = (text: string) =>
      host.port.deleteMessages(host.roomId!, [idOf(host, 'there'), idOf(host, text)], { forEveryone: false });
    await expect(deleting('on its way')).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    expect(host.texts).toEqual(['there', 'on its way']);
    world.startRelay();
    await bothHave('on its way');
    await deleting('on its way');
    expect(host.texts).toEqual([]);
  });
});

describe('what failed', () => {
  const deleted = {
    'by deleting it': (messageId: MessageId) =>
      gil.port.deleteMessages(gil.roomId!, [messageId], { forEveryone: false }),
    'by discarding it': (messageId: MessageId) => gil.port.discard(gil.roomId!, messageId),
  };

  it.each(Object.entries(deleted))('goes %s: from screen, preview and bytes', async (_, remove) => {
    await gil.say('that was said');
    await bothHave('that was said');
    await world.outcome(host.port.pause(host.roomId!));
    await world.until(() => gil.room.condition === 'paused');
    await gil.say('never sent either');
    await gil.say('the secret of Gil');
    await world.outcome(host.port.end(host.roomId!, { erase: false }));
    await world.until(() => gil.sendState('the secret of Gil') === 'failed');
    expect(gil.room.preview?.text).toBe('the secret of Gil');
    expect(await finds(gil, 'the secret of Gil')).toBe(true);
    await remove(idOf(gil, 'the secret of Gil'));
    expect(gil.texts).toEqual(['that was said', 'never sent either']);
    expect(gil.room.preview).toMatchObject({ text: 'never sent either', own: true });
    expect(await finds(gil, 'the secret of Gil')).toBe(false);
    await remove(idOf(gil, 'never sent either'));
    expect(gil.room.preview).toMatchObject({ text: 'that was said', own: true });
    await gil.stop();
    await start(gil);
    expect(gil.room.preview?.text).toBe('that was said');
  });
});

describe('deleting for everyone', () => {
  it('leaves a mark on every device, and the words on none', async () => {
    await host.say('the secret of Hana');
    await bothHave('the secret of Hana');
    expect(await finds(gil, 'the secret of Hana')).toBe(true);
    await host.port.deleteMessages(host.roomId!, [idOf(host, 'the secret of Hana')], { forEveryone: true });
    await world.until(() =>
      [host, gil].every(({ log }) => log.some(item => item.kind === 'message' && item.deleted)),
    );
    await world.clock.advance(5_000);
    for (const person of [host, gil]) {
      expect(person.texts).toEqual(['']);
      expect(await finds(person, 'the secret of Hana')).toBe(false);
    }
    expect(host.room.preview).toBeUndefined();
    expect(gil.room.preview).toBeUndefined();
  });

  it('only for what one wrote oneself', async () => {
    await gil.say('of Gil');
    await bothHave('of Gil');
    await expect(
      host.port.deleteMessages(host.roomId!, [idOf(host, 'of Gil')], { forEveryone: true }),
    ).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    await world.clock.advance(5_000);
    expect(gil.texts).toEqual(['of Gil']);
  });

  it('reaches who was away, and who restarts before the keys were changed', async () => {
    await host.say('the secret of Hana');
    await bothHave('the secret of Hana');
    await gil.stop();
    await host.port.deleteMessages(host.roomId!, [idOf(host, 'the secret of Hana')], { forEveryone: true });
    await world.clock.advance(5_000);
    await start(gil);
    await world.until(() => gil.texts.join() === '');
    expect(await finds(gil, 'the secret of Hana')).toBe(true);
    await gil.stop();
    await start(gil);
    await world.clock.advance(5_000);
    await world.until(() => gil.texts.join() === '');
    expect(await finds(gil, 'the secret of Hana')).toBe(false);
  });
});

it('threat 45: nobody takes away what another wrote', async () => {
  await host.say('mine to take back');
  await bothHave('mine to take back');
  const target = idOf(gil, 'mine to take back');
  const { actor } = gil.engine!.rooms.get(gil.roomId!);
  await actor.transact(step => {
    queueContent(gil.engine!.context, step, 'delete', { type: 'delete', target });
  });
  await gil.say('behind it');
  await bothHave('behind it');
  expect(host.texts).toEqual(['mine to take back', 'behind it']);
  expect(gil.texts).toEqual(['mine to take back', 'behind it']);
});

describe('deleting a conversation', () => {
  it('is refused while it goes on; afterwards nothing of it is left', async () => {
    await host.say('the secret of Hana');
    await bothHave('the secret of Hana');
    const roomId = host.roomId!;
    await expect(host.port.deleteConversation(roomId)).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    await world.outcome(host.port.end(roomId, { erase: false }));
    await world.until(() => gil.room.condition === 'ended');
    await gil.port.deleteConversation(gil.roomId!);
    expect(gil.roomOrNone).toBeUndefined();
    expect(await finds(gil, 'the secret of Hana')).toBe(false);
    expect((await gil.recordKeys()).filter(key => key.includes(gil.roomId!))).toEqual([]);
    expect(host.texts).toContain('the secret of Hana');
  });
});
