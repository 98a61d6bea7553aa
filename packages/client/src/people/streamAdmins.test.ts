import type { ClientBody } from '@sotto/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refusal, signedIn } from '../testing/accounts.fixture.ts';
import { accountIdOf, roomWhere, somebody, supplied } from '../testing/people.fixture.ts';
import { OPEN_DOOR, type Person, World } from '../testing/world.fixture.ts';

let world: World;
let ada: Person;
let bob: Person;
let cyd: Person;

/** A group of Ada’s with Bob in it. */
beforeEach(async () => {
  world = new World(31);
  ada = await somebody(world, 'ada');
  bob = await somebody(world, 'bob');
  cyd = await somebody(world, 'cyd');
  const people = [accountIdOf(bob)];
  const { roomId } = await world.outcome(ada.port.createGroup({ title: 'Garden', accountIds: people }));
  await ada.open(roomId);
  await comeIn(bob);
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

async function comeIn(person: Person): Promise<void> {
  const room = await roomWhere(world, person, ({ title }) => title === 'Garden');
  await world.outcome(person.port.acceptRequest(room.roomId));
}

async function give(role: 'admin' | 'member'): Promise<void> {
  await world.outcome(ada.port.setRole(ada.roomId!, accountIdOf(bob), role));
  await world.until(() => bob.room.myRole === role);
}

/** What the relay itself says to this device, whatever its own engine would let it ask. */
function askRelay(person: Person, body: ClientBody): Promise<string> {
  return refusal(world, person.engine!.context.link.request(body));
}

const streamOf = (person: Person) => person.engine!.rooms.get(person.roomId!).actor.state.record.streamId!;

describe('an admin by promotion', () => {
  it('adds a person, lets one in by a link, and takes one out', async () => {
    await give('admin');
    await world.outcome(bob.port.addMembers(bob.roomId!, [accountIdOf(cyd)]));
    await comeIn(cyd);
    await world.outcome(bob.port.createInvite(bob.roomId!, OPEN_DOOR));
    const gus = world.person('guest', 'gus');
    await gus.start();
    await gus.enter(bob.link);
    await gus.say('hello');
    for (const person of [ada, bob, cyd]) await world.until(() => person.texts.includes('hello'));
    await world.outcome(bob.port.removePerson(bob.roomId!, accountIdOf(cyd)));
    await world.until(() => cyd.room.membership === 'removed');
    // The relay knows it too: nothing that is said from now on reaches the device that went.
    const { tables } = world;
    const stream = tables.stream('conversation', streamOf(ada))!;
    const { deviceId } = cyd.engine!.state.self!;
    await world.until(() => tables.subscription(stream.no, deviceId) === undefined);
  });

  it('pauses, resumes and ends', async () => {
    await give('admin');
    await world.outcome(bob.port.pause(bob.roomId!));
    await world.until(() => ada.room.condition === 'paused');
    await world.outcome(bob.port.resume(bob.roomId!));
    await world.until(() => ada.room.condition === 'open');
    await world.outcome(bob.port.end(bob.roomId!, { erase: false }));
    await world.until(() => ada.room.condition === 'ended');
  });

  it('is one with each device, also with one that comes later', async () => {
    await give('admin');
    const phone = await signedIn(world, 'bob');
    await supplied(world, phone);
    await roomWhere(world, phone, ({ title }) => title === 'Garden');
    await world.outcome(phone.port.addMembers(phone.roomId!, [accountIdOf(cyd)]));
    await world.until(() => ada.room.members.some(({ accountId }) => accountId === accountIdOf(cyd)));
  });

  it('is one also where the relay had forgotten it, as of the next commit of one it knows', async () => {
    ada.tamperSent = body => (body.type === 'append' ? { ...body, adminDeviceIds: [] } : body);
    await give('admin');
    expect(await refusal(world, bob.port.addMembers(bob.roomId!, [accountIdOf(cyd)]))).toBe('RELAY_REFUSED');
    ada.tamperSent = body => body;
    await world.outcome(ada.port.setTitle(ada.roomId!, 'Garden too'));
    await world.until(() => bob.room.title === 'Garden too');
    await world.outcome(bob.port.addMembers(bob.roomId!, [accountIdOf(cyd)]));
  });
});

describe('an admin no more', () => {
  it('is refused by the relay, whatever it asks, and its links let nobody in', async () => {
    await give('admin');
    await world.outcome(bob.port.createInvite(bob.roomId!, OPEN_DOOR));
    const { link } = bob;
    await give('member');
    const streamId = streamOf(bob);
    for (const action of ['pause', 'end'] as const) {
      expect(await askRelay(bob, { type: 'controlStream', streamId, action })).toBe('FORBIDDEN');
    }
    const { deviceId } = cyd.engine!.state.self!;
    const commit = {
      type: 'append',
      streamId,
      dedupeId: 'dup_0000000000000000000002',
      kind: 'commit',
      expectEpoch: bob.engine!.state.rooms[0]!.epoch,
      payload: new Uint8Array(9),
      removedDeviceIds: [],
      adminDeviceIds: [],
    } as unknown as Extract<ClientBody, { type: 'append' }>;
    const admissions = [{ deviceId, welcome: new Uint8Array(9) }];
    expect(await askRelay(bob, { ...commit, admissions })).toBe('FORBIDDEN');
    const adminDeviceIds = [bob.engine!.state.self!.deviceId];
    expect(await askRelay(bob, { ...commit, admissions: [], adminDeviceIds })).toBe('FORBIDDEN');
    await world.until(() => bob.room.invites.every(({ status }) => status === 'ended'));
    const gus = world.person('guest', 'gus');
    await gus.start();
    await gus.knock(link);
    await world.until(() => gus.room.join?.step === 'refused');
    expect(gus.room.join).toMatchObject({ reason: 'ended' });
  });

  it('is refused by its own engine', async () => {
    await give('admin');
    await give('member');
    const roomId = bob.roomId!;
    const asked = [
      () => bob.port.addMembers(roomId, [accountIdOf(cyd)]),
      () => bob.port.createInvite(roomId, OPEN_DOOR),
      () => bob.port.pause(roomId),
      () => bob.port.end(roomId, { erase: false }),
    ];
    for (const ask of asked) expect(await refusal(world, ask())).toBe('NOT_ALLOWED');
  });
});
