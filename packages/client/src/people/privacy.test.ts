import { MessageId } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { queueContent } from '../room/outbox.ts';
import { accountIdOf, personOf, sentBy, somebody, talking } from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let ada: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(31);
  ada = await somebody(world, 'ada');
  bob = await somebody(world, 'bob');
  await talking(world, ada, bob, 'bob');
  await world.clock.advance(30_000);
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

describe('presence', () => {
  it('is told to each other, ends with the session, and says when they were last there', async () => {
    world.cutConnections();
    await world.until(() => personOf(ada, 'bob')?.presence?.online === true);
    await world.until(() => personOf(bob, 'ada')?.presence?.online === true);
    expect(ada.room.members.find(({ self }) => !self)?.presence).toEqual({ online: true });
    await bob.stop();
    await world.clock.advance(240_000);
    expect(personOf(ada, 'bob')?.presence).toEqual({ online: false, lastSeenMs: expect.any(Number) });
  });

  it('is told to nobody, and of nobody, once it is off', async () => {
    world.cutConnections();
    await world.until(() => personOf(ada, 'bob')?.presence?.online === true);
    await world.clock.advance(1_000);
    await bob.port.setPrivacy({ presence: false });
    await world.until(() => personOf(ada, 'bob')?.presence?.online === false);
    expect(personOf(bob, 'ada')?.presence).toBeUndefined();
    const sent = sentBy(bob);
    world.cutConnections();
    await world.until(() => bob.online);
    await world.clock.advance(180_000);
    expect(sent).not.toContain('ephemeral');
  });

  it('is not told to somebody who is blocked', async () => {
    const sent = sentBy(ada);
    await ada.port.block(accountIdOf(bob));
    world.cutConnections();
    await world.until(() => ada.online);
    await world.clock.advance(180_000);
    expect(sent).not.toContain('ephemeral');
    expect(personOf(ada, 'bob')?.presence).toBeUndefined();
  });
});

describe('what is told of reading and writing', () => {
  it('that one reads is not told once it is off; that it came is', async () => {
    await ada.port.setPrivacy({ readReceipts: false });
    await bob.say('read this');
    await world.until(() => ada.texts.includes('read this'));
    await ada.port.markRead(ada.roomId!);
    await world.clock.advance(60_000);
    expect(bob.sendState('read this')).toBe('delivered');
    expect(ada.room.unread).toBe(0);
    await ada.port.setPrivacy({ readReceipts: true });
    await bob.say('and this');
    await world.until(() => ada.texts.includes('and this'));
    await ada.port.markRead(ada.roomId!);
    await world.until(() => bob.sendState('and this') === 'read');
  });

  it('that one types is not told once it is off', async () => {
    await ada.port.setPrivacy({ typing: false, presence: false });
    const sent = sentBy(ada);
    ada.port.setTyping(ada.roomId!, true);
    await world.clock.advance(10_000);
    expect(sent).not.toContain('ephemeral');
    await ada.port.setPrivacy({ typing: true });
    ada.port.setTyping(ada.roomId!, true);
    await world.until(() => bob.room.typing.length === 1);
    // It is so after a restart too.
    await ada.stop();
    await ada.start();
    expect(ada.engine!.state.privacy).toMatchObject({ typing: true, presence: false });
  });
});

describe('threat 43: somebody who probes', () => {
  it('hears nothing back unless something was shown', async () => {
    const { actor } = bob.engine!.rooms.get(bob.roomId!);
    const { context } = bob.engine!;
    const target = MessageId.fromBytes(new Uint8Array(16).fill(7));
    const probes = [
      { type: 'reaction', target, emoji: '👀' },
      { type: 'reaction', target, emoji: '' },
      { type: 'edit', target, text: 'there was nothing' },
      { type: 'delete', target },
      { type: 'profile', name: 'bob' },
      { type: 'receipt', delivered: [], read: [], epoch: 1, epochAuthenticator: new Uint8Array(32) },
    ] as const;
    const sent = sentBy(ada);
    const before = ada.room.unread;
    for (const body of probes)
      await actor.transact(step => void queueContent(context, step, 'profile', body));
    actor.wake();
    await world.until(() => actor.state.outbox.length === 0);
    await ada.port.markRead(ada.roomId!);
    await world.clock.advance(30_000);
    expect(sent.filter(type => type === 'append')).toEqual([]);
    expect(ada.room.unread).toBe(before);
    await bob.say('that is something');
    await world.until(() => sent.includes('append'));
  });
});
