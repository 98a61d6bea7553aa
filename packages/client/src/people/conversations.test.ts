import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RoomId } from '../projection.ts';
import { refusal, registered, signedIn } from '../testing/accounts.fixture.ts';
import {
  accountIdOf,
  personOf,
  roomWhere,
  sentBy,
  somebody,
  supplied,
  talking,
} from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let ada: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(17);
  ada = await somebody(world, 'ada');
  bob = await somebody(world, 'bob');
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

describe('a conversation by handle', () => {
  it('is made once, and arrives as a request', async () => {
    const { roomId } = await world.outcome(ada.port.startDirect({ handle: '@Bob' }));
    await ada.open(roomId);
    await ada.say('hello');
    const room = await roomWhere(world, bob, ({ request }) => request !== undefined);
    await world.until(() => bob.texts.includes('hello'));
    expect(bob.room).toMatchObject({
      kind: 'direct',
      request: { fromName: 'ada', handle: 'ada' },
      sendingBlocked: { why: 'request', accountIds: [accountIdOf(ada)] },
    });
    expect(await refusal(world, bob.port.sendText(room.roomId, 'no'))).toBe('NOT_ALLOWED');
    await world.outcome(bob.port.acceptRequest(room.roomId));
    expect(bob.room.request).toBeUndefined();
    await bob.say('hello to you');
    await world.until(() => ada.texts.includes('hello to you'));
    await world.until(() => ada.sendState('hello') === 'delivered');
    expect(personOf(bob, 'ada')).toMatchObject({ name: 'ada', trust: 'unverified', blocked: false });
    expect(await world.outcome(ada.port.startDirect({ handle: 'bob' }))).toEqual({ roomId });
    expect(await world.outcome(bob.port.startDirect({ handle: 'ada' }))).toEqual({ roomId: room.roomId });
  });

  it('with who has an account, and no device that can be added now, is worth another try', async () => {
    const { person: eve } = await registered(world, 'eve');
    ada.tamperSent = body =>
      body.type === 'claimKeyPackages' ? { ...body, accountId: accountIdOf(eve) } : body;
    const refused = await world.outcome(
      ada.port.startDirect({ handle: 'bob' }).then(
        () => undefined,
        error => error,
      ),
    );
    expect(refused).toMatchObject({ code: 'PERSON_UNKNOWN', facts: { retryable: true } });
    ada.tamperSent = body => body;
    expect(await refusal(world, ada.port.startDirect({ handle: 'bob' }))).toBe('done');
  });

  it('takes in all devices of both', async () => {
    const phone = await signedIn(world, 'bob');
    await supplied(world, phone);
    const pad = await signedIn(world, 'ada', { deviceName: 'Pad' });
    await supplied(world, pad);
    await talking(world, ada, bob, 'bob');
    await world.until(() => ada.room.members.length === 4);
    const onPad = await roomWhere(world, pad, ({ kind }) => kind === 'direct');
    expect(onPad.request).toBeUndefined();
    await pad.say('from the pad');
    await world.until(() => bob.texts.includes('from the pad'));
  });

  it('is refused where nobody has the handle, or this device has no account', async () => {
    expect(await refusal(world, ada.port.startDirect({ handle: 'nobody.here' }))).toBe('PERSON_UNKNOWN');
    expect(await refusal(world, ada.port.lookUp('a--b'))).toBe('HANDLE_INVALID');
    expect(await world.outcome(ada.port.lookUp('bob'))).toEqual({
      accountId: accountIdOf(bob),
      name: 'bob',
      handle: 'bob',
      trust: 'unverified',
      blocked: false,
    });
    const eve = await world.person('host', 'Eve').start();
    await world.until(() => eve.online);
    expect(await refusal(world, eve.port.startDirect({ handle: 'bob' }))).toBe('NO_ACCOUNT');
    expect(ada.engine!.state.rooms).toEqual([]);
  });

  it('threat 3: a device that the relay adds to the account is not let in', async () => {
    const { person: eve } = await registered(world, 'eve');
    await supplied(world, eve);
    ada.tamperSent = body =>
      body.type === 'claimKeyPackages' ? { ...body, accountId: accountIdOf(eve) } : body;
    expect(await refusal(world, ada.port.startDirect({ handle: 'bob' }))).not.toBe('done');
    expect(ada.engine!.state.rooms).toEqual([]);
  });
});

describe('a request', () => {
  async function asked(): Promise<readonly string[]> {
    const sent = sentBy(bob);
    const { roomId } = await world.outcome(ada.port.startDirect({ handle: 'bob' }));
    await ada.open(roomId);
    await ada.say('hello');
    await roomWhere(world, bob, ({ request }) => request !== undefined);
    await world.until(() => bob.texts.includes('hello'));
    await bob.port.markRead(bob.roomId!);
    bob.port.setTyping(bob.roomId!, true);
    await bob.port.setName('Robert');
    // Long enough for receipts, names, presence and fresh keys.
    await world.clock.advance(120_000);
    return sent;
  }

  it('nothing goes back before it is accepted: no receipt, no name, no presence, no keys', async () => {
    const sent = await asked();
    expect(sent).toContain('subscribe');
    expect(sent.filter(type => type === 'append' || type === 'ephemeral')).toEqual([]);
    expect(ada.sendState('hello')).toBe('sent');
    // It is so after a restart too.
    await bob.stop();
    await bob.start();
    await world.until(() => bob.online);
    await world.clock.advance(120_000);
    expect(bob.room.request).toMatchObject({ handle: 'ada' });
    expect(sent.filter(type => type === 'append' || type === 'ephemeral')).toEqual([]);
    await world.outcome(bob.port.acceptRequest(bob.roomId!));
    await world.until(() => ada.sendState('hello') === 'read' || ada.sendState('hello') === 'delivered');
    await world.until(() => personOf(ada, 'bob')?.name === 'Robert');
  });

  it('is declined in silence, and the room is gone', async () => {
    const sent = await asked();
    await world.outcome(bob.port.declineRequest(bob.roomId!, { block: false }));
    await world.clock.advance(60_000);
    expect(bob.engine!.state.rooms).toEqual([]);
    expect(sent).toContain('leaveStream');
    expect(sent.filter(type => type === 'append' || type === 'ephemeral')).toEqual([]);
    expect(ada.room.members.length).toBe(2);
    expect(personOf(bob, 'ada')).toBeUndefined();
  });

  it('of somebody who was blocked never shows, and they hear nothing of it', async () => {
    const sent = await asked();
    await world.outcome(bob.port.declineRequest(bob.roomId!, { block: true }));
    expect(personOf(bob, 'ada')).toMatchObject({ blocked: true });
    const shown: number[] = [];
    bob.port.subscribe(event => event.type === 'state' && shown.push(event.state.rooms.length));
    await world.outcome(ada.port.createGroup({ title: 'Again', accountIds: [accountIdOf(bob)] }));
    await world.clock.advance(60_000);
    expect(new Set(shown)).toEqual(new Set([0]));
    expect(await bob.recordKeys('room/')).toEqual([]);
    expect(sent.filter(type => type === 'append' || type === 'ephemeral')).toEqual([]);
  });
});

describe('a group', () => {
  it('is made of people, who come in and go out with all their devices', async () => {
    const cyd = await somebody(world, 'cyd');
    const phone = await signedIn(world, 'bob');
    await supplied(world, phone);
    const { roomId } = await world.outcome(
      ada.port.createGroup({ title: 'Garden', accountIds: [accountIdOf(bob)] }),
    );
    await ada.open(roomId);
    expect(ada.room.members.length).toBe(3);
    await world.outcome(ada.port.addMembers(roomId, [accountIdOf(cyd), accountIdOf(bob)]));
    expect(ada.room.members.length).toBe(4);
    const theirs = await roomWhere(world, cyd, ({ title }) => title === 'Garden');
    expect(theirs.request).toEqual({ fromName: expect.any(String), handle: 'ada' });
    await world.outcome(cyd.port.acceptRequest(theirs.roomId));
    await ada.say('welcome');
    await world.until(() => cyd.texts.includes('welcome'));
    expect(await refusal(world, cyd.port.addMembers(theirs.roomId, [accountIdOf(bob)]))).toBe('NOT_ALLOWED');
    await world.outcome(ada.port.removePerson(roomId, accountIdOf(bob)));
    expect(ada.room.members.length).toBe(2);
    await world.until(() => phone.engine!.state.rooms[0]?.membership === 'removed');
  });
});

describe('two who begin a conversation with each other at once', () => {
  /** Each has made a room before the other’s arrives. */
  async function bothBegin(): Promise<void> {
    for (const person of [ada, bob]) {
      person.tamper = body =>
        body.type === 'entries' && body.entries.some(({ kind }) => kind === 'welcome') ? [] : [body];
    }
    const begun = [ada.port.startDirect({ handle: 'bob' }), bob.port.startDirect({ handle: 'ada' })];
    const [ofAda, ofBob] = await world.outcome(Promise.all(begun));
    await ada.open(ofAda!.roomId);
    await bob.open(ofBob!.roomId);
  }

  async function bothHear(): Promise<void> {
    for (const person of [ada, bob]) person.tamper = body => [body];
    world.cutConnections();
    await world.until(() => ada.online && bob.online);
    await world.until(() => [ada, bob].every(person => person.engine!.rooms.all.length === 2));
  }

  const streamOf = (person: Person, roomId: RoomId) =>
    person.engine!.rooms.get(roomId).actor.state.record.streamId;

  it('go on in one, the same on both sides, and see no other', async () => {
    await bothBegin();
    await bothHear();
    await world.until(() => [ada, bob].every(person => person.engine!.state.rooms.length === 1));
    const [ofAda, ofBob] = [ada.engine!.state.rooms[0]!, bob.engine!.state.rooms[0]!];
    expect(streamOf(ada, ofAda.roomId)).toBe(streamOf(bob, ofBob.roomId));
    for (const room of [ofAda, ofBob]) {
      expect([room.request, room.sendingBlocked]).toEqual([undefined, undefined]);
    }
    expect(await world.outcome(ada.port.startDirect({ handle: 'bob' }))).toEqual({ roomId: ofAda.roomId });
    await ada.open(ofAda.roomId);
    await bob.open(ofBob.roomId);
    await ada.say('one');
    await world.until(() => bob.texts.includes('one'));
    await bob.say('for both');
    await world.until(() => ada.texts.includes('for both'));
  });

  it('lose nothing that was said before, and say nothing more where it does not go on', async () => {
    await bothBegin();
    await ada.say('from ada');
    await bob.say('from bob');
    await bothHear();
    const said = (person: Person) =>
      person.engine!.state.rooms.map(
        room => `${room.preview?.text} ${room.sendingBlocked?.why ?? 'goes on'}`,
      );
    const all = [ada, bob];
    await world.until(() => all.every(person => said(person).every(each => !each.startsWith('undefined'))));
    await world.until(() => all.every(person => said(person).length === 2));
    expect([...said(ada)].sort()).toEqual([...said(bob)].sort());
    expect(said(ada).filter(each => each.endsWith(' goes on'))).toHaveLength(1);
    for (const person of all) {
      const over = person.engine!.state.rooms.find(({ sendingBlocked }) => sendingBlocked !== undefined)!;
      const goesOn = person.engine!.state.rooms.find(({ sendingBlocked }) => sendingBlocked === undefined)!;
      expect(over.sendingBlocked).toEqual({
        why: 'goes-on-elsewhere',
        accountIds: [],
        roomId: goesOn.roomId,
      });
      expect(await refusal(world, person.port.sendText(over.roomId, 'here?'))).toBe('NOT_ALLOWED');
      await person.open(over.roomId);
    }
    const [writer] = all.filter(person => person.texts.includes(`from ${person.name}`));
    await world.until(() => writer!.sendState(`from ${writer!.name}`) === 'delivered');
  });
});
