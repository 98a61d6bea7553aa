import { MessageId } from '@sotto/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { DyingStore } from './testing/dyingStore.fixture.ts';
import { OPEN_DOOR, type Person, World } from './testing/world.fixture.ts';

/*
 * Whoever does not know whether a text was taken sends it again under the id that it has already: it is said once.
 */

let world: World;
afterEach(() => world.close());

async function roomForTwo(): Promise<{ host: Person; guest: Person }> {
  world = new World();
  const host = await world.person('host', 'Hana').start();
  await host.port.setName('Hana');
  await host.startRoom(OPEN_DOOR);
  const guest = await world.person('guest', 'Gil').start();
  await guest.enter(host.link);
  await world.until(() => host.room.epoch === 2 && guest.room.epoch === 2);
  await world.clock.advance(5_000);
  return { host, guest };
}

const anId = () => MessageId.fromBytes(world.random(MessageId.sizeBytes));
const send = (person: Person, text: string, id: MessageId, replyTo?: MessageId) =>
  person.port.sendText(person.roomId!, text, replyTo, id);
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'taken',
    error => error.code,
  );

describe('a text that is sent again under its id', () => {
  it('is said once: on its way, in the log, and after a restart', async () => {
    const { host, guest } = await roomForTwo();
    const id = anId();
    world.killRelay();
    expect(await send(host, 'once', id)).toEqual({ messageId: id });
    expect(await send(host, 'once', id)).toEqual({ messageId: id });
    await host.stop();
    await host.start();
    expect(await send(host, 'once', id)).toEqual({ messageId: id });
    expect(host.texts).toEqual(['once']);
    world.startRelay();
    await world.until(() => guest.texts.includes('once') && host.sendState('once') !== 'sending', 120_000);
    expect(await send(host, 'once', id)).toEqual({ messageId: id });
    await host.stop();
    await host.start();
    expect(await send(host, 'once', id)).toEqual({ messageId: id });
    await host.say('after it');
    await world.until(() => guest.texts.includes('after it'), 120_000);
    expect(guest.texts).toEqual(['once', 'after it']);
    expect(host.texts).toEqual(['once', 'after it']);
  });

  it('is said once although the chat has ended since', async () => {
    const { host, guest } = await roomForTwo();
    const id = anId();
    await send(guest, 'the last word', id);
    await world.until(() => host.texts.includes('the last word'));
    await world.outcome(host.port.end(host.roomId!, { erase: false }));
    await world.until(() => guest.room.condition === 'ended');
    expect(await send(guest, 'the last word', id)).toEqual({ messageId: id });
    expect(await refusal(send(guest, 'one more', anId()))).toBe('ROOM_ENDED');
  });

  it.each(['before', 'after'] as const)(
    'a burst is said once and in order, wherever in it the program died: %s',
    async when => {
      for (let diesAt = 1; diesAt <= 9; diesAt++) {
        const { host, guest } = await roomForTwo();
        await guest.stop();
        await guest.start(new DyingStore(guest.disk, diesAt, when)).catch(() => undefined);
        const burst = ['a', 'b', 'c', 'd', 'e', 'f'].map(text => ({ text, id: anId() }));
        const sendAll = () => Promise.allSettled(burst.map(({ text, id }) => send(guest, text, id)));
        await sendAll();
        await world.clock.advance(2_000);
        await guest.stop().catch(() => undefined);
        await guest.start();
        const answers = await sendAll();
        expect(answers.map(answer => answer.status === 'fulfilled' && answer.value.messageId)).toEqual(
          burst.map(({ id }) => id),
        );
        await world.until(() => host.texts.length >= burst.length, 120_000);
        await world.clock.advance(40_000);
        expect(host.texts.join(''), `died ${when} commit ${diesAt}`).toBe('abcdef');
        expect(guest.texts.join(''), `died ${when} commit ${diesAt}`).toBe('abcdef');
        await world.close();
      }
    },
    120_000,
  );

  it('the id of another message is refused, and so is what is none', async () => {
    const { host, guest } = await roomForTwo();
    const { messageId: foreign } = await guest.port.sendText(guest.roomId!, 'mine');
    await world.until(() => host.texts.includes('mine'));
    expect(await refusal(send(host, 'mine', foreign))).toBe('BAD_MESSAGE_ID');

    const id = anId();
    await send(host, 'one thing', id, foreign);
    const others = () => [send(host, 'another', id, foreign), send(host, 'one thing', id)];
    for (const answer of others()) expect(await refusal(answer)).toBe('BAD_MESSAGE_ID');
    await world.until(() => guest.texts.includes('one thing'));
    for (const answer of others()) expect(await refusal(answer)).toBe('BAD_MESSAGE_ID');
    expect(await send(host, 'one thing', id, foreign)).toEqual({ messageId: id });

    for (const none of ['', 'msg_', foreign.replace('msg_', 'dup_')])
      expect(await refusal(send(host, 'no id', none as MessageId))).toBe('BAD_MESSAGE_ID');
    expect(host.texts).toEqual(['mine', 'one thing']);
  });
});
