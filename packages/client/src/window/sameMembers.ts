import type { EngineEvent, EngineState, Member, RoomId, RoomView } from '../projection.ts';

/** A state as it crosses: rooms whose members the window has already come without them. */
export interface CrossingState {
  readonly event: EngineEvent;
  /** Rooms whose members are those of the state before; absent: none. */
  readonly sameMembers?: readonly RoomId[];
}

const NOBODY: readonly Member[] = [];

/**
 * Leaves out of each state what its window has from the one before: members are most of it, and seldom change. One for
 * each window, which hears every event in order.
 */
export class SameMembers {
  #before: ReadonlyMap<RoomId, readonly Member[]> = new Map();

  leaveOut(event: EngineEvent): CrossingState {
    if (event.type !== 'state') return { event };
    const { state } = event;
    const same = state.rooms.filter(
      ({ roomId, members }) => members.length > 0 && this.#before.get(roomId) === members,
    );
    this.#before = new Map(state.rooms.map(({ roomId, members }) => [roomId, members]));
    if (same.length === 0) return { event };
    const sameMembers = same.map(({ roomId }) => roomId);
    const rooms = state.rooms.map(room => (same.includes(room) ? { ...room, members: NOBODY } : room));
    return { event: { type: 'state', state: { ...state, rooms } }, sameMembers };
  }
}

/** The state as it was before it crossed. `before`: the one that the window had. */
export function putBack(before: EngineState, { event, sameMembers = [] }: CrossingState): EngineEvent {
  if (event.type !== 'state' || sameMembers.length === 0) return event;
  const had = new Map(before.rooms.map(({ roomId, members }) => [roomId, members]));
  const withMembers = (room: RoomView): RoomView =>
    sameMembers.includes(room.roomId) ? { ...room, members: had.get(room.roomId) ?? NOBODY } : room;
  return { type: 'state', state: { ...event.state, rooms: event.state.rooms.map(withMembers) } };
}
