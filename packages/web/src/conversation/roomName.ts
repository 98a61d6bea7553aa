import type { Member, RoomView } from '@sotto/client';
import { common, listNames, rooms } from '../words.ts';

/** What a room is called: its title, else the people in it, else "New chat". */
export function roomName(room: Pick<RoomView, 'title' | 'members'>): string {
  if (room.title.trim() !== '') return room.title;
  const others = room.members.filter(member => !member.self).map(member => member.name || common.someone);
  return others.length === 0 ? rooms.fresh : listNames(others);
}

/** What its coloured initial stands for: nothing yet, while the room has no name and nobody in it. */
export function roomInitialName(room: Pick<RoomView, 'title' | 'members'>): string {
  const named = room.title.trim() !== '' || room.members.some(member => !member.self);
  return named ? roomName(room) : '';
}

/** The one who made the room: whom its events are about when nobody is named. */
export function founderOf(room: Pick<RoomView, 'members'>): Member | undefined {
  return room.members.find(member => member.role === 'owner');
}

/** Whether this device may admit, remove, pause and end. */
export function mayManage(room: Pick<RoomView, 'myRole'>): boolean {
  return room.myRole === 'owner' || room.myRole === 'admin';
}

/** Whether something written here could still reach anyone. */
export function isLive(room: Pick<RoomView, 'condition' | 'membership'>): boolean {
  return room.condition !== 'ended' && room.membership === 'member';
}
