import type { ClientBody } from '@sotto/protocol';
import type { RoomView } from '../projection.ts';
import { registered } from './accounts.fixture.ts';
import type { Person, World } from './world.fixture.ts';

/** Somebody with an account and KeyPackages at the relay. */
export async function somebody(world: World, handle: string): Promise<Person> {
  const { person } = await registered(world, handle);
  await supplied(world, person);
  return person;
}

/** Until others can add this device. */
export async function supplied(world: World, person: Person): Promise<void> {
  const { accountId, deviceId } = person.engine!.state.self!;
  await world.until(async () => (await world.directory.keyPackageSupply({ accountId, deviceId })).count > 0);
}

export const accountIdOf = (person: Person) => person.engine!.state.self!.accountId;

/** Whoever this person knows by that handle. */
export const personOf = (person: Person, handle: string) =>
  person.engine!.state.people?.find(known => known.handle === handle);

/** Until a room of that person is so; opens it. */
export async function roomWhere(world: World, person: Person, holds: (room: RoomView) => boolean) {
  const found = () => person.engine!.state.rooms.find(holds);
  await world.until(() => found() !== undefined);
  await person.open(found()!.roomId);
  return found()!;
}

/** The types of everything that a device says to the relay from here on. */
export function sentBy(person: Person): ClientBody['type'][] {
  const types: ClientBody['type'][] = [];
  person.tamperSent = body => {
    types.push(body.type);
    return body;
  };
  return types;
}

/** A conversation of two, on both sides open. */
export async function talking(world: World, from: Person, to: Person, handle: string): Promise<void> {
  const { roomId } = await world.outcome(from.port.startDirect({ handle }));
  await from.open(roomId);
  const { roomId: theirs } = await roomWhere(world, to, room => room.request !== undefined);
  await world.outcome(to.port.acceptRequest(theirs));
}
