import type { Member, RoomView } from '@sotto/client';
import { sealedInboxKind, sealedRoom } from '../sealed/sealedRoomWords.ts';
import { common, historyDoor, listNames, rooms } from '../words.ts';
import { lookId, peopleOf } from './peopleOf.ts';

/** What a room is called: its title, else the people in it, else "New chat". */
export function roomName(room: Pick<RoomView, 'title' | 'members' | 'imported' | 'sealed'>): string {
  if (room.title.trim() !== '') return room.title;
  const sealed = sealedInboxKind(room);
  if (sealed !== undefined) return sealedRoom.names[sealed];
  const others = peopleOf(room.members)
    .filter(({ self }) => !self)
    .map(({ name }) => name || common.someone);
  if (others.length > 0) return listNames(others);
  return room.imported === true ? historyDoor.untitled : rooms.fresh;
}

/**
 * Whose initial and colour stand for the room: the room's own where it has a title, the same on every device, else
 * those of the first person it is called after, who looks the same everywhere. No initial while it has neither.
 */
export function roomAvatar(room: Pick<RoomView, 'roomId' | 'streamId' | 'title' | 'members'>): {
  readonly name: string;
  readonly id: string;
} {
  const id = room.streamId ?? room.roomId;
  if (room.title.trim() !== '') return { name: room.title, id };
  const first = peopleOf(room.members).find(({ self }) => !self);
  return first === undefined ? { name: '', id } : { name: first.name || common.someone, id: lookId(first) };
}

/** The one who made the room: whom its events are about when nobody is named. */
export function founderOf(room: Pick<RoomView, 'members'>): Member | undefined {
  return room.members.find(member => member.role === 'owner');
}

/** Whether this device may admit, remove, pause and end. */
export function mayManage(room: Pick<RoomView, 'myRole'>): boolean {
  return room.myRole === 'owner' || room.myRole === 'admin';
}

/** Whether the room ended and its history was taken off this device by the one who ended it. */
export function wasErased(room: Pick<RoomView, 'condition' | 'membership' | 'members'>): boolean {
  return room.condition === 'ended' && room.membership === 'member' && room.members.length === 0;
}

/** Whether something written here could still reach anyone. */
export function isLive(room: Pick<RoomView, 'condition' | 'membership'>): boolean {
  return room.condition !== 'ended' && room.membership === 'member';
}
