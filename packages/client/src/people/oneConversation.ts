import type { AccountId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import type { RoomId } from '../projection.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { type RoomState, viewOf } from '../room/roomState.ts';

/**
 * Two who begin a conversation with each other at once have two rooms. Both go on in the one with the smaller stream id,
 * which both find by themselves; the other takes nothing new and keeps what was said in it (decision 0018).
 */
export class OneConversation {
  #states: readonly RoomState[] = [];
  #goingOn: ReadonlyMap<AccountId, RoomActor> = new Map();

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
  ) {}

  /** Where the conversation of this room goes on, if that is in another. */
  goesOnIn(state: RoomState): RoomId | undefined {
    const other = this.#otherIn(state);
    const room = other && this.#current().get(other);
    return room === undefined || room.roomId === state.record.roomId ? undefined : room.roomId;
  }

  /** Found anew where any room is another: asked for each room that is drawn. */
  #current(): ReadonlyMap<AccountId, RoomActor> {
    const { all } = this.rooms;
    const same =
      all.length === this.#states.length && all.every(({ actor }, at) => actor.state === this.#states[at]);
    if (same) return this.#goingOn;
    const goingOn = new Map<AccountId, RoomActor>();
    for (const { actor } of all) {
      const other = this.#otherIn(actor.state);
      const found = other && goingOn.get(other);
      if (other !== undefined && (found === undefined || isBefore(actor, found))) goingOn.set(other, actor);
    }
    this.#states = all.map(({ actor }) => actor.state);
    this.#goingOn = goingOn;
    return goingOn;
  }

  /** The other one of a conversation of two in which both are, and that neither still has to accept. */
  #otherIn(state: RoomState): AccountId | undefined {
    const view = viewOf(state);
    const { membership, request, leaving, fallenOut } = state.record;
    if (view?.kind !== 'direct' || membership !== 'member' || request !== undefined) return undefined;
    if (leaving || fallenOut !== undefined) return undefined;
    // By RSA is another conversation, chosen as such.
    if (state.sealed !== undefined) return undefined;
    const { accountId: own } = this.context.identity;
    return view.members.find(({ accountId }) => accountId !== own)?.accountId;
  }
}

function isBefore(a: RoomActor, b: RoomActor): boolean {
  return a.state.record.streamId! < b.state.record.streamId!;
}
