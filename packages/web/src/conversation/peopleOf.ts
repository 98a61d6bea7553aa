import type { Member, RoomView, Trust } from '@sotto/client';

/** Someone in a room, with however many devices. */
export interface Person extends Member {
  readonly deviceCount: number;
}

/** The least settled of several devices is what holds for their person. */
const BY_WORRY: readonly Trust[] = ['changed', 'unverified', 'verified-by-link', 'verified'];

/** The people of a room, in the order in which the first device of each is listed. */
export function peopleOf(members: readonly Member[]): readonly Person[] {
  const people = new Map<string, Person>();
  for (const member of members) {
    const known = people.get(member.accountId);
    people.set(member.accountId, known === undefined ? { ...member, deviceCount: 1 } : joined(known, member));
  }
  return [...people.values()];
}

function joined(person: Person, device: Member): Person {
  const trust = BY_WORRY.find(each => each === person.trust || each === device.trust) ?? person.trust;
  return {
    ...person,
    name: person.name || device.name,
    self: person.self || device.self,
    trust,
    deviceCount: person.deviceCount + 1,
  };
}

/** The other one of a conversation of two. */
export function counterpart(room: Pick<RoomView, 'members' | 'kind'>): Person | undefined {
  const others = peopleOf(room.members).filter(({ self }) => !self);
  return room.kind === 'direct' || others.length === 1 ? others[0] : undefined;
}
