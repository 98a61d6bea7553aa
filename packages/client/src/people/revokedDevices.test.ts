import { afterEach, beforeEach, expect, it } from 'vitest';
import { signedIn } from '../testing/accounts.fixture.ts';
import { accountIdOf, roomWhere, somebody, supplied } from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let ada: Person;
let bob: Person;
let cyd: Person;
let phone: Person;

/** A group of Ada’s with both devices of Bob’s, and Cyd, in it. */
beforeEach(async () => {
  world = new World(41);
  ada = await somebody(world, 'ada');
  bob = await somebody(world, 'bob');
  cyd = await somebody(world, 'cyd');
  phone = await signedIn(world, 'bob');
  await supplied(world, phone);
  const people = [accountIdOf(bob), accountIdOf(cyd)];
  const { roomId } = await world.outcome(ada.port.createGroup({ title: 'Garden', accountIds: people }));
  await ada.open(roomId);
  for (const person of [bob, cyd]) {
    const room = await roomWhere(world, person, ({ title }) => title === 'Garden');
    await world.outcome(person.port.acceptRequest(room.roomId));
  }
  await world.until(() => ada.room.members.length === 4);
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const hasPhone = (person: Person) =>
  person.room.members.some(({ deviceId }) => deviceId === phone.engine!.state.self!.deviceId);

/** Bob revokes his phone and is gone before any device of his has taken it out of the group. */
async function revokedAndGone(): Promise<void> {
  bob.tamperSent = body => (body.type === 'append' && body.kind === 'commit' ? { type: 'ping' } : body);
  await world.outcome(bob.port.revokeDevice(phone.engine!.state.self!.deviceId));
  await bob.stop();
  world.cutConnections();
  await world.until(() => ada.online && cyd.online);
}

it('threat 3: a revoked device is taken out by others, where its own people have not done it for a while', async () => {
  await revokedAndGone();
  await world.clock.advance(9 * 60_000);
  expect(hasPhone(ada)).toBe(true);
  await world.until(() => !hasPhone(ada) && !hasPhone(cyd), 3_600_000);
  const log = ada.log.flatMap(item => (item.kind === 'event' ? [item.event.type] : []));
  expect(log.filter(type => type === 'device-removed')).toHaveLength(1);
  expect(ada.room.warnings).toEqual([]);
  await cyd.say('without the phone');
  await world.until(() => ada.texts.includes('without the phone'));
});

it('its own people come first, also where others have waited for it already', async () => {
  await revokedAndGone();
  await world.clock.advance(60_000);
  bob.tamperSent = body => body;
  await bob.start();
  await world.until(() => !hasPhone(ada));
  const revoking: unknown[] = [];
  for (const person of [ada, cyd]) {
    person.tamperSent = body => {
      if (body.type === 'append' && body.removedDeviceIds.length > 0) revoking.push(body);
      return body;
    };
  }
  await world.clock.advance(3_600_000);
  expect(revoking).toEqual([]);
  expect(ada.room.warnings).toEqual([]);
});
