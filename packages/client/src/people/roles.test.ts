import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refusal, signedIn } from '../testing/accounts.fixture.ts';
import { accountIdOf, roomWhere, somebody, supplied, talking } from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let ada: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(29);
  ada = await somebody(world, 'ada');
  bob = await somebody(world, 'bob');
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

/** A group of Ada’s with Bob in it. */
async function group(): Promise<void> {
  const { roomId } = await world.outcome(
    ada.port.createGroup({ title: 'Garden', accountIds: [accountIdOf(bob)] }),
  );
  await ada.open(roomId);
  const room = await roomWhere(world, bob, ({ title }) => title === 'Garden');
  await world.outcome(bob.port.acceptRequest(room.roomId));
}

const events = (person: Person) =>
  person.log.flatMap(item => (item.kind === 'event' ? [item.event.type] : []));

describe('roles', () => {
  it('are given and taken by owners, and everyone sees it', async () => {
    await group();
    expect(await refusal(world, bob.port.setRole(bob.roomId!, accountIdOf(bob), 'admin'))).toBe(
      'NOT_ALLOWED',
    );
    await world.outcome(ada.port.setRole(ada.roomId!, accountIdOf(bob), 'admin'));
    await world.until(() => bob.room.myRole === 'admin');
    expect(events(bob)).toContain('role-changed');
    await world.outcome(bob.port.setTitle(bob.roomId!, 'Orchard'));
    await world.until(() => ada.room.title === 'Orchard');
    await world.outcome(ada.port.setRole(ada.roomId!, accountIdOf(bob), 'member'));
    await world.until(() => bob.room.myRole === 'member');
    expect(await refusal(world, bob.port.setTitle(bob.roomId!, 'Mine'))).toBe('NOT_ALLOWED');
  });

  it('an owner is always there: it is handed over before one goes', async () => {
    await group();
    expect(await refusal(world, ada.port.setRole(ada.roomId!, accountIdOf(ada), 'member'))).toBe(
      'LAST_OWNER',
    );
    expect(await refusal(world, ada.port.leaveRoom(ada.roomId!))).toBe('LAST_OWNER');
    await world.outcome(ada.port.setRole(ada.roomId!, accountIdOf(bob), 'owner'));
    await world.outcome(ada.port.setRole(ada.roomId!, accountIdOf(ada), 'member'));
    await world.until(() => bob.room.myRole === 'owner' && ada.room.myRole === 'member');
  });
});

it('while announcements are on, only owners and admins write', async () => {
  await group();
  await world.outcome(ada.port.setAnnouncements(ada.roomId!, true));
  await world.until(() => bob.room.announcements === true);
  expect(events(bob)).toContain('announcements');
  expect(bob.room.sendingBlocked).toEqual({ why: 'announcements', accountIds: [] });
  expect(await refusal(world, bob.port.sendText(bob.roomId!, 'but'))).toBe('NOT_ALLOWED');
  await ada.say('hear this');
  await world.until(() => bob.texts.includes('hear this'));
  await world.until(() => ada.sendState('hear this') === 'delivered');
  await world.outcome(ada.port.setAnnouncements(ada.roomId!, false));
  await world.until(() => bob.room.announcements === undefined);
  await bob.say('thanks');
  await world.until(() => ada.texts.includes('thanks'));
});

describe('leaving', () => {
  it('takes all devices of one’s own out, and keeps what was said', async () => {
    const phone = await signedIn(world, 'bob');
    await supplied(world, phone);
    await group();
    await ada.say('stay a while');
    await world.until(() => bob.texts.includes('stay a while'));
    await world.until(() => ada.room.members.length === 3);
    await world.outcome(bob.port.leaveRoom(bob.roomId!));
    expect(bob.room).toMatchObject({ membership: 'left', title: 'Garden', members: [] });
    expect(bob.texts).toEqual(['stay a while']);
    expect(events(bob).at(-1)).toBe('left');
    await world.until(() => ada.room.members.length === 1);
    await world.until(() => phone.engine!.state.rooms[0]?.membership === 'removed');
    expect(await bob.recordKeys(`mls/${bob.roomId}/`)).toEqual([]);
    expect(await refusal(world, bob.port.sendText(bob.roomId!, 'still here'))).toBe('NOT_A_MEMBER');
    await bob.stop();
    await bob.start();
    expect(bob.texts).toEqual(['stay a while']);
    await world.outcome(bob.port.deleteConversation(bob.roomId!));
    expect(bob.engine!.state.rooms).toEqual([]);
  });

  it('a conversation of two: the other’s device takes the leaf out, whoever made it', async () => {
    await talking(world, ada, bob, 'bob');
    await world.outcome(ada.port.leaveRoom(ada.roomId!));
    expect(ada.room.membership).toBe('left');
    await world.until(() => bob.room.members.length === 1);
    // It is still called after the other, who is not in it any more.
    expect([ada.room, bob.room].map(({ title }) => title)).toEqual(['bob', 'ada']);
    await bob.stop();
    await bob.start();
    expect(bob.room.title).toBe('ada');
    const { roomId } = await world.outcome(ada.port.startDirect({ handle: 'bob' }));
    expect(roomId).not.toBe(ada.roomId);
  });
});

it('what somebody said is reported to those who run the group, and to nobody else', async () => {
  const cyd = await somebody(world, 'cyd');
  await group();
  await world.outcome(ada.port.addMembers(ada.roomId!, [accountIdOf(cyd)]));
  const theirs = await roomWhere(world, cyd, ({ title }) => title === 'Garden');
  await world.outcome(cyd.port.acceptRequest(theirs.roomId));
  await cyd.say('buy my coins');
  await world.until(() => bob.texts.includes('buy my coins'));
  const spam = bob.log.find(item => item.kind === 'message');
  const messageIds = spam?.kind === 'message' ? [spam.messageId] : [];
  await world.outcome(bob.port.report(bob.roomId!, messageIds));
  const { texts } = ada;
  await roomWhere(world, ada, ({ kind }) => kind === 'direct');
  await world.until(() => ada.texts.length === 1);
  expect(ada.texts[0]).toMatch(/^⚑ Garden\n> .*, .*: buy my coins$/);
  expect(texts).toEqual(['buy my coins']);
  expect(cyd.engine!.state.rooms.length).toBe(1);
  expect(await refusal(world, bob.port.report(bob.roomId!, []))).toBe('UNKNOWN_MESSAGE');
});
