import { afterEach, beforeEach, expect, it } from 'vitest';
import { signedIn } from '../testing/accounts.fixture.ts';
import { accountIdOf, roomWhere, somebody, supplied } from '../testing/people.fixture.ts';
import { type Person, World } from '../testing/world.fixture.ts';

let world: World;
let ada: Person;
let bob: Person;
let phone: Person;

beforeEach(async () => {
  world = new World(41);
  ada = await somebody(world, 'ada');
  bob = await somebody(world, 'bob');
  phone = await signedIn(world, 'bob');
  await supplied(world, phone);
  await bob.port.setName('Bob Bell');
});

afterEach(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const events = (person: Person) =>
  person.log.flatMap(item => (item.kind === 'event' && item.event.type !== 'created' ? [item.event] : []));
const selfName = (person: Person) => person.engine!.state.self?.name;

async function gardenOfAll(): Promise<void> {
  const { roomId } = await world.outcome(
    ada.port.createGroup({ title: 'Garden', accountIds: [accountIdOf(bob)] }),
  );
  await ada.open(roomId);
  for (const device of [bob, phone]) await roomWhere(world, device, ({ title }) => title === 'Garden');
}

it('who comes with two devices joins once, and goes once; by their handle while they have said no name', async () => {
  await ada.port.lookUp('bob');
  await gardenOfAll();
  expect(events(ada)).toEqual([{ type: 'joined', name: 'bob', guest: false, self: false }]);
  expect(new Set(ada.room.members.map(({ name }) => name))).toEqual(new Set(['ada', 'bob']));
  await world.outcome(ada.port.removePerson(ada.roomId!, accountIdOf(bob)));
  expect(events(ada).map(({ type }) => type)).toEqual(['joined', 'removed']);
  await world.until(() => bob.room.membership === 'removed');
  expect(events(bob).at(-1)).toMatchObject({ type: 'removed', self: true });
});

it('what one device accepts, the other has accepted, in a group too; and both have the name of their person', async () => {
  await gardenOfAll();
  // A second one by the same person, who is known once the first is accepted.
  await world.outcome(ada.port.createGroup({ title: 'Cellar', accountIds: [accountIdOf(bob)] }));
  await roomWhere(world, phone, ({ title }) => title === 'Cellar');
  expect(phone.engine!.state.rooms.map(({ request }) => request !== undefined)).toEqual([true, true]);
  await world.outcome(bob.port.acceptRequest(bob.roomId!));
  await world.until(() => phone.engine!.state.rooms.every(({ request }) => request === undefined));
  await world.until(() => bob.engine!.state.rooms.every(({ request }) => request === undefined));
  await world.until(() => selfName(phone) === 'Bob Bell');
  for (const person of [ada, bob])
    await world.until(() => person.room.members.every(({ name }) => name === 'ada' || name === 'Bob Bell'));
  await phone.port.setName('Bobby');
  await world.until(() => selfName(bob) === 'Bobby');
});

it('a conversation in which nothing is said to somebody can be left, also where another device is in it', async () => {
  await gardenOfAll();
  await world.outcome(bob.port.leaveRoom(bob.roomId!));
  expect(bob.room.membership).toBe('left');
});

it('two names at the same time stay two, and go round no circle', async () => {
  await gardenOfAll();
  await world.outcome(bob.port.acceptRequest(bob.roomId!));
  await world.until(() => selfName(phone) === 'Bob Bell');
  await Promise.all([bob.port.setName('One'), phone.port.setName('Two')]);
  await world.clock.advance(60_000);
  expect([selfName(bob), selfName(phone)]).toEqual(['One', 'Two']);
});
