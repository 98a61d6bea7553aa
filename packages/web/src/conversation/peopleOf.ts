import type { Member, PersonView, RoomView, Trust } from '@sotto/client';
import { tagsForLookalikes } from '../text/lookalike.ts';

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

/** What the colour of a person follows: the account, with however many devices; at the door a guest is a device. */
export function lookId({ guest, accountId, deviceId }: Member): string {
  return guest ? deviceId : accountId;
}

/** What tells people with like names apart, by device: all devices of one person have the same. */
export function tagsByDevice(members: readonly Member[]): ReadonlyMap<string, string> {
  const people = peopleOf(members);
  const tags = tagsForLookalikes(people.map(({ deviceId, name }) => ({ id: deviceId, name })));
  const byAccount = new Map(people.map(({ accountId, deviceId }) => [accountId, tags.get(deviceId)]));
  return new Map(
    members.flatMap(({ accountId, deviceId }) => {
      const tag = byAccount.get(accountId);
      return tag === undefined ? [] : [[deviceId, tag] as const];
    }),
  );
}

const NOBODY: ReadonlySet<string> = new Set();

/** The devices of a room whose people are blocked here. */
export function blockedDevices(
  members: readonly Member[],
  people: readonly PersonView[] | undefined,
): ReadonlySet<string> {
  const blocked = new Set(people?.flatMap(person => (person.blocked ? [person.accountId] : [])));
  if (blocked.size === 0) return NOBODY;
  return new Set(members.flatMap(({ accountId, deviceId }) => (blocked.has(accountId) ? [deviceId] : [])));
}
