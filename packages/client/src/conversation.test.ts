import { afterEach, describe, expect, it } from 'vitest';
import { OPEN_DOOR, type Person, World } from './testing/world.fixture.ts';

let world: World;
afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

async function hostAndGuest(): Promise<{ host: Person; guest: Person }> {
  world = new World();
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom();
  const guest = await world.person('guest', 'Gil').start();
  await guest.enter(host.link);
  await world.until(() => host.room.members.length === 2);
  return { host, guest };
}

const numbered = (who: string, count: number) => Array.from({ length: count }, (_, i) => `${who} ${i}`);
const by = (person: Person, who: string) => person.texts.filter(text => text.startsWith(`${who} `));

describe('two people in a room', () => {
  it('start, join by a link, write both ways, and see the same log', async () => {
    const { host, guest } = await hostAndGuest();
    expect(guest.room.title).toBe('Kitchen');
    await guest.say('hello from the guest');
    await host.say('hello from the host');
    await world.until(() => host.texts.length === 2 && guest.texts.length === 2);
    await world.clock.advance(1_000);
    expect(host.texts).toEqual(guest.texts);
    expect(host.room.members.map(({ name, guest: mark }) => [name, mark])).toEqual([
      ['Hana', false],
      ['Gil', true],
    ]);
    expect(guest.room.members.map(({ name }) => name)).toEqual(['Hana', 'Gil']);
    expect(guest.room.members.map(({ trust }) => trust)).toEqual(['verified-by-link', 'verified']);
  });

  it('a message goes from sending to sent, delivered and read', async () => {
    const { host, guest } = await hostAndGuest();
    world.cutConnections();
    await host.say('how far');
    expect(host.sendState('how far')).toBe('sending');
    await guest.stop();
    await world.until(() => host.sendState('how far') === 'sent');
    await world.clock.advance(60_000);
    expect(host.sendState('how far')).toBe('sent');
    await guest.start();
    await world.until(() => host.sendState('how far') === 'delivered');
    await world.clock.advance(10_000);
    expect(host.sendState('how far')).toBe('delivered');
    expect(guest.room.unread).toBe(1);
    await guest.port.markRead(guest.roomId!);
    await world.until(() => host.sendState('how far') === 'read');
    expect(guest.room.unread).toBe(0);
  });

  it('200 messages each way, in order, once', async () => {
    const { host, guest } = await hostAndGuest();
    for (let i = 0; i < 200; i++) {
      await host.say(`h ${i}`);
      await guest.say(`g ${i}`);
    }
    await world.until(() => by(host, 'g').length === 200 && by(guest, 'h').length === 200);
    await world.clock.advance(5_000);
    for (const person of [host, guest]) {
      expect(by(person, 'h')).toEqual(numbered('h', 200));
      expect(by(person, 'g')).toEqual(numbered('g', 200));
      expect(person.log.filter(({ kind }) => kind === 'gap')).toEqual([]);
    }
    expect(host.texts).toEqual(guest.texts);
    await world.until(() =>
      host.texts.every(text => !text.startsWith('h') || host.sendState(text) === 'delivered'),
    );
  });

  it('nothing is lost or doubled when the relay is killed over and over', async () => {
    const { host, guest } = await hostAndGuest();
    for (let i = 0; i < 40; i++) {
      await host.say(`h ${i}`);
      await guest.say(`g ${i}`);
      if (i % 10 === 5) world.killRelay();
      if (i % 10 === 8) {
        world.startRelay();
        await world.clock.advance(i * 37);
      }
    }
    await world.until(() => by(host, 'g').length === 40 && by(guest, 'h').length === 40);
    await world.clock.advance(60_000);
    for (const person of [host, guest]) {
      expect(by(person, 'h')).toEqual(numbered('h', 40));
      expect(by(person, 'g')).toEqual(numbered('g', 40));
      expect(person.log.filter(({ kind }) => kind === 'gap')).toEqual([]);
    }
  });

  it('both go on where they were after a restart', async () => {
    const { host, guest } = await hostAndGuest();
    await host.say('before');
    await world.until(() => guest.texts.includes('before'));
    await host.stop();
    await guest.stop();
    await host.start();
    await guest.start();
    expect(guest.texts).toEqual(['before']);
    expect(guest.room.members.map(({ name }) => name)).toContain('Gil');
    await guest.say('after');
    await host.say('after, too');
    await world.until(() => host.texts.length === 3 && guest.texts.length === 3);
    expect(host.texts).toEqual(guest.texts);
  });

  it('what a guest writes while the host is away waits, and comes when it is back', async () => {
    const { host, guest } = await hostAndGuest();
    await world.clock.advance(20_000);
    await host.stop();
    world.killRelay();
    await guest.say('are you there');
    await guest.say('I wait');
    await world.clock.advance(120_000);
    expect(guest.sendState('are you there')).toBe('sending');
    await guest.stop();
    world.startRelay();
    await host.start();
    await guest.start();
    expect(guest.texts).toEqual(['are you there', 'I wait']);
    await world.until(() => host.texts.length === 2);
    expect(host.texts).toEqual(['are you there', 'I wait']);
    await world.until(() => guest.sendState('I wait') === 'delivered');
  });

  it('two key updates at once: one wins, the other is made again, both go on', async () => {
    const { host, guest } = await hostAndGuest();
    await world.until(() => host.room.epoch === 2);
    const wish = (person: Person) => {
      const { actor } = person.engine!.rooms.get(person.roomId!);
      const done = actor.wishes.add({ kind: 'update' });
      actor.wake();
      return done;
    };
    const before = host.room.epoch;
    await world.outcome(Promise.all([wish(host), wish(guest)]));
    await world.until(() => guest.room.epoch === before + 2 && host.room.epoch === before + 2);
    await host.say('new keys');
    await guest.say('mine, too');
    await world.until(() => host.texts.length === 2 && guest.texts.length === 2);
    expect(host.room.warnings).toEqual([]);
    expect(guest.room.warnings).toEqual([]);
  });

  it('messages that lose against a commit are encrypted again and shown once', async () => {
    const { host, guest } = await hostAndGuest();
    await world.until(() => host.room.epoch === 2);
    world.cutConnections();
    for (let i = 0; i < 5; i++) await guest.say(`g ${i}`);
    const { actor } = host.engine!.rooms.get(host.roomId!);
    void actor.wishes.add({ kind: 'update' });
    guest.engine!.reconnectNow();
    host.engine!.reconnectNow();
    actor.wake();
    await world.until(() => by(host, 'g').length === 5 && guest.room.epoch === 3);
    expect(by(host, 'g')).toEqual(numbered('g', 5));
    await world.until(() => guest.sendState('g 4') === 'delivered');
    expect(by(guest, 'g')).toEqual(numbered('g', 5));
  });

  it('somebody who joined has fresh keys soon, and everybody weekly', async () => {
    const { host, guest } = await hostAndGuest();
    expect(host.room.epoch).toBe(1);
    await world.until(() => host.room.epoch === 2 && guest.room.epoch === 2, 10_000);
    const DAY_MS = 24 * 3_600_000;
    await world.clock.sleep(6 * DAY_MS);
    await world.clock.advance(3_700_000);
    expect(host.room.epoch).toBe(2);
    await world.clock.sleep(2 * DAY_MS);
    await world.clock.advance(3_700_000);
    expect(host.room.epoch).toBe(4);
    await host.say('still here');
    await world.until(() => guest.texts.includes('still here'));
  });

  it('typing is seen, ends by itself, and ends with the message', async () => {
    const { host, guest } = await hostAndGuest();
    guest.port.setTyping(guest.roomId!, true);
    await world.until(() => host.room.typing.length === 1, 1_000);
    expect(host.room.typing).toEqual(['Gil']);
    await world.clock.advance(8_000);
    expect(host.room.typing).toEqual([]);
    guest.port.setTyping(guest.roomId!, true);
    await world.until(() => host.room.typing.length === 1, 4_000);
    await guest.say('there');
    await world.until(() => host.texts.includes('there'), 1_000);
    expect(host.room.typing).toEqual([]);
  });

  it('shows what the server saw of a message', async () => {
    const { host, guest } = await hostAndGuest();
    await world.until(() => host.room.epoch === 2 && guest.room.epoch === 2);
    const { messageId } = await host.port.sendText(host.roomId!, 'a secret');
    await world.until(() => guest.texts.includes('a secret') && host.sendState('a secret') === 'delivered');
    for (const person of [host, guest]) {
      const saw = await person.port.serverSaw(person.roomId!, messageId);
      expect(new TextDecoder('latin1').decode(saw.ciphertext)).not.toContain('a secret');
      expect(saw.sizeBytes).toBeGreaterThan(saw.writtenBytes);
      expect(saw.writtenBytes).toBe(8);
      expect(saw.epoch).toBe(2);
      expect(saw.seq).toBeGreaterThan(0);
      expect(saw.recipients.map(({ name }) => name)).toEqual(['Gil']);
    }
    expect((await host.port.serverSaw(host.roomId!, messageId)).ciphertext).toEqual(
      (await guest.port.serverSaw(guest.roomId!, messageId)).ciphertext,
    );
  });

  it('refuses what cannot be sent', async () => {
    const { host } = await hostAndGuest();
    const codeOf = (promise: Promise<unknown>) =>
      promise.then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
    expect(await codeOf(host.say('  \n'))).toBe('BAD_TEXT');
    expect(await codeOf(host.say('x'.repeat(65_537)))).toBe('TEXT_TOO_LARGE');
    expect(await codeOf(host.port.setName('\u200b'))).toBe('BAD_NAME');
    expect(await codeOf(host.port.sendText('str_0000000000000000000000' as never, 'x'))).toBe('UNKNOWN_ROOM');
    expect(host.texts).toEqual([]);
  });

  it('quotes what a message replies to', async () => {
    const { host, guest } = await hostAndGuest();
    const { messageId } = await host.port.sendText(host.roomId!, 'who brings bread?');
    await world.until(() => guest.texts.length === 1);
    await guest.port.sendText(guest.roomId!, 'me', messageId);
    await world.until(() => host.texts.length === 2);
    const reply = host.log.find(item => item.kind === 'message' && item.text === 'me');
    expect(reply).toMatchObject({ replyTo: { messageId, name: 'Hana', text: 'who brings bread?' } });
  });
});

describe('several', () => {
  it('three in a room: a third sees nothing from before, and everything after', async () => {
    const { host, guest } = await hostAndGuest();
    await host.say('only for two');
    await world.until(() => guest.texts.length === 1);
    const third = await world.person('guest', 'Tove').start();
    await third.enter(host.link);
    await world.until(() => guest.room.members.length === 3);
    await host.say('welcome Tove');
    await third.say('hi all');
    await guest.say('hi Tove');
    await world.until(() =>
      [host, guest, third].every(({ texts }) => texts.includes('hi Tove') && texts.includes('hi all')),
    );
    expect(third.texts).not.toContain('only for two');
    expect(guest.texts).toEqual(host.texts);
    expect(third.texts).toEqual(host.texts.slice(1));
    await world.until(() =>
      [host, guest, third].every(
        ({ room }) =>
          room.members
            .map(({ name }) => name)
            .sort()
            .join() === 'Gil,Hana,Tove',
      ),
    );
  });

  it('delivered means that everybody has it', async () => {
    const { host, guest } = await hostAndGuest();
    const third = await world.person('guest', 'Tove').start();
    await third.enter(host.link);
    await world.until(() => guest.room.members.length === 3);
    await world.clock.advance(20_000);
    await third.stop();
    await host.say('both?');
    await world.until(() => guest.texts.includes('both?'));
    await world.clock.advance(20_000);
    expect(host.sendState('both?')).toBe('sent');
    // Who comes now was not there when it was sent: nobody waits for them.
    const between = await world.person('guest', 'Bea').start();
    await between.enter(host.link);
    await world.until(() => host.room.members.length === 4);
    await third.start();
    await world.until(() => host.sendState('both?') === 'delivered');
    const late = await world.person('guest', 'Lena').start();
    await late.enter(host.link);
    await world.until(() => host.room.members.length === 5);
    await world.clock.advance(20_000);
    expect(host.sendState('both?')).toBe('delivered');
  });

  it('several rooms at once do not disturb each other', async () => {
    const { host, guest } = await hostAndGuest();
    const first = host.roomId!;
    await host.startRoom(OPEN_DOOR, 'Garden');
    const other = await world.person('guest', 'Olu').start();
    await other.enter(host.link);
    await host.say('in the garden');
    await host.port.sendText(first, 'in the kitchen');
    await guest.say('g 0');
    await world.until(() => other.texts.length === 1 && guest.texts.length === 2);
    await world.clock.advance(5_000);
    expect(other.texts).toEqual(['in the garden']);
    expect(guest.texts).toContain('in the kitchen');
    expect(host.texts).toEqual(['in the garden']);
    const kitchen = host.engine!.state.rooms.find(({ roomId }) => roomId === first)!;
    expect(kitchen.preview?.text).toBe('g 0');
    expect(kitchen.unread).toBe(1);
  });

  it('a long log comes in pages', async () => {
    const { host, guest } = await hostAndGuest();
    for (let i = 0; i < 150; i++) await host.say(`h ${i}`);
    await world.until(() => guest.texts.length === 150);
    await guest.stop();
    await guest.start();
    await world.clock.advance(1_000);
    const first = guest.texts;
    expect(first.length).toBeLessThan(80);
    expect(first.at(-1)).toBe('h 149');
    await guest.port.loadOlder(guest.roomId!);
    expect(guest.texts.length).toBeGreaterThan(first.length);
    await guest.port.loadOlder(guest.roomId!);
    await guest.port.loadOlder(guest.roomId!);
    expect(by(guest, 'h')).toEqual(numbered('h', 150));
  });
});
