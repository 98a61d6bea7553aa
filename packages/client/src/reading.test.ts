import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Person, World } from './testing/world.fixture.ts';

let world: World;
let host: Person;
let guest: Person;

beforeEach(async () => {
  world = new World(31);
  host = await world.person('host', 'Mara').start();
  await host.port.setName('Mara');
  await host.startRoom();
  guest = await world.person('guest', 'Jonas').start();
  await guest.enter(host.link);
});
afterEach(() => world.close());

const placeOf = (person: Person, text: string) =>
  person.log.find(item => item.kind === 'message' && item.text === text)!.order;

it('is reading up to a place of the log: what comes behind it stays unread, and nobody is told otherwise', async () => {
  for (const text of ['one', 'two', 'three']) await host.say(text);
  await world.until(() => guest.texts.length === 3);
  await guest.port.markRead(guest.roomId!, placeOf(guest, 'two'));
  expect(guest.room).toMatchObject({ unread: 1, readTo: placeOf(guest, 'two') });
  await world.until(() => host.sendState('two') === 'read');
  expect(['one', 'two', 'three'].map(text => host.sendState(text))).toEqual(['read', 'read', 'delivered']);
  await world.clock.advance(60_000);
  expect(host.sendState('three')).toBe('delivered');
});

it('goes on after a restart where it was', async () => {
  for (const text of ['one', 'two', 'three']) await host.say(text);
  await world.until(() => guest.texts.length === 3);
  await guest.port.markRead(guest.roomId!, placeOf(guest, 'one'));
  await guest.stop();
  await guest.start();
  expect(guest.room).toMatchObject({ unread: 2, readTo: placeOf(guest, 'one') });
  await guest.port.markRead(guest.roomId!, placeOf(guest, 'one'));
  expect(guest.room.unread).toBe(2);
  await guest.port.markRead(guest.roomId!, placeOf(guest, 'three'));
  expect(guest.room.unread).toBe(0);
  await world.until(() => host.sendState('three') === 'read');
});

it('begins the time of those messages only that were read', async () => {
  await host.port.setTimer(host.roomId!, 60);
  await world.until(() => guest.room.timerS === 60);
  for (const text of ['one', 'two']) await host.say(text);
  await world.until(() => guest.texts.length === 2);
  await guest.port.markRead(guest.roomId!, placeOf(guest, 'one'));
  await world.clock.advance(61_000);
  expect(guest.texts).toEqual(['two']);
});
