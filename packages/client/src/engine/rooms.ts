import type { InviteToken, StreamId } from '@sotto/protocol';
import type { Joining } from '../door/joining.ts';
import { ClientError } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import type { RoomActor } from '../room/roomActor.ts';
import { viewOf } from '../room/roomState.ts';

/** A room and, while this device is still outside, its way in. */
export interface RoomEntry {
  readonly actor: RoomActor;
  readonly joining: Joining;
}

/** The rooms of this device. */
export class Rooms {
  readonly #rooms = new Map<RoomId, RoomEntry>();

  get all(): readonly RoomEntry[] {
    return [...this.#rooms.values()];
  }

  /** Those that a screen shows. */
  get shown(): readonly RoomEntry[] {
    return this.all.filter(({ actor }) => isShown(actor));
  }

  add(entry: RoomEntry): void {
    this.#rooms.set(entry.actor.roomId, entry);
  }

  remove(roomId: RoomId): void {
    this.#rooms.get(roomId)?.joining.close();
    this.#rooms.delete(roomId);
  }

  /** One that a screen shows. */
  find(roomId: RoomId): RoomEntry | undefined {
    const room = this.#rooms.get(roomId);
    return room === undefined || !isShown(room.actor) ? undefined : room;
  }

  /** Throws `UNKNOWN_ROOM`. */
  get(roomId: RoomId): RoomEntry {
    const room = this.find(roomId);
    if (room === undefined) throw new ClientError('UNKNOWN_ROOM', 'there is no such room on this device');
    return room;
  }

  /** The room that a stream is read for: of one that this device was removed from and came back to, the latter. */
  byStream(streamId: StreamId): RoomEntry | undefined {
    const rooms = this.all.filter(({ actor }) => actor.state.record.streamId === streamId);
    return rooms.find(({ actor }) => actor.state.record.membership === 'member') ?? rooms[0];
  }

  /** The room that this device made the invite for. */
  byInvite(token: InviteToken): RoomEntry | undefined {
    return this.all.find(({ actor }) => actor.state.invites.has(token));
  }

  /** The rooms that this device knocks at. */
  get knockedAt(): readonly RoomEntry[] {
    return this.all.filter(({ actor }) => actor.state.join !== undefined);
  }
}

/** What is on its way out, what somebody blocked sent, and what one's own devices say to each other, nobody sees. */
function isShown({ erasing, state }: RoomActor): boolean {
  return !erasing && state.record.request !== 'unwanted' && viewOf(state)?.kind !== 'self';
}
