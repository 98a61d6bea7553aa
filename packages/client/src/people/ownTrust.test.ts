import { afterEach, beforeEach, expect, it } from 'vitest';
import { signedIn } from '../testing/accounts.fixture.ts';
import { accountIdOf, personOf, roomWhere, somebody, supplied } from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let ada: Person;
let bob: Person;

beforeEach(async () => {
  world = new World(37);
  ada = await somebody(world, 'ada');
  bob = await somebody(world, 'bob');
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

it('what one device knows of a person, the account’s others know, and a later one learns', async () => {
  const phone = await signedIn(world, 'ada');
  await supplied(world, phone);
  await world.outcome(ada.port.startDirect({ handle: 'bob' }));
  await ada.port.markVerified(accountIdOf(bob));
  await world.until(() => personOf(phone, 'bob')?.trust === 'verified');
  await phone.port.block(accountIdOf(bob));
  await world.until(() => personOf(ada, 'bob')?.blocked === true);
  // Nobody sees the room in which they say it.
  expect(ada.engine!.state.rooms.map(({ kind }) => kind)).toEqual(['direct']);
  const pad = await signedIn(world, 'ada', { deviceName: 'Pad' });
  await supplied(world, pad);
  await world.until(() => personOf(pad, 'bob')?.blocked === true);
  expect(personOf(pad, 'bob')).toMatchObject({ trust: 'verified', handle: 'bob' });
  await world.outcome(pad.port.unblock(accountIdOf(bob)));
  await world.until(() => personOf(ada, 'bob')?.blocked === false);
});

it('whom one device has accepted is no stranger to the other', async () => {
  const phone = await signedIn(world, 'ada');
  await supplied(world, phone);
  await world.outcome(bob.port.startDirect({ handle: 'ada' }));
  await roomWhere(world, phone, ({ request }) => request !== undefined);
  const room = await roomWhere(world, ada, ({ request }) => request !== undefined);
  await world.outcome(ada.port.acceptRequest(room.roomId));
  await world.until(() => personOf(phone, 'bob') !== undefined && phone.room.request === undefined);
});
