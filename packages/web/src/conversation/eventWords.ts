import type { RoleName, RoomEvent } from '@sotto/client';
import { isolate } from '../text/isolate.ts';
import { common, events } from '../words.ts';

const ROLES: Readonly<Record<RoleName, string>> = {
  owner: 'an owner',
  admin: 'an admin',
  member: 'a member',
  guest: 'a guest',
};

/** What happened to a room, as one line of its log. */
export function eventWords(event: RoomEvent): string {
  switch (event.type) {
    case 'created':
      return events.created;
    case 'joined':
      return event.self ? events.joinedSelf : events.joined(named(event.name));
    case 'left':
      return event.self ? events.leftSelf : events.left(named(event.name));
    case 'removed':
      return event.self ? events.removedSelf(event.byName) : events.removed(named(event.name), event.byName);
    case 'paused':
      return events.paused(event.byName);
    case 'resumed':
      return events.resumed(event.byName);
    case 'ended':
      return events.ended(event.byName);
    case 'title':
      return events.title(event.self ? undefined : named(event.byName), event.title);
    case 'picture':
      return events.picture(event.self ? undefined : named(event.byName), event.on);
    case 'timer':
      return events.timer(event.self ? undefined : named(event.byName), event.seconds);
    case 'role-changed':
      return `${who(event.byName)} made ${event.self ? 'you' : who(event.name)} ${ROLES[event.role]}`;
    case 'device-added':
      return event.self ? 'Another device of yours is in' : `A new device of ${who(event.name)} is in`;
    case 'device-removed':
      return event.self ? 'A device of yours is out' : `A device of ${who(event.name)} is out`;
    case 'fell-out':
      return event.self ? 'A device of yours fell out' : `A device of ${who(event.name)} fell out`;
    case 'added-again':
      return event.self ? 'A device of yours is in again' : `The device of ${who(event.name)} is in again`;
    case 'account-made':
      return event.self ? 'You have an account now' : `${who(event.name)} has an account now`;
    case 'keys-changed':
      return `The keys of ${who(event.name)} changed`;
    case 'announcements':
      return event.on
        ? `${who(event.byName)} let only the owner and the admins write`
        : `${who(event.byName)} let everyone write`;
  }
}

const named = (name: string): string => name || common.someone;
const who = (name: string): string => isolate(named(name));
