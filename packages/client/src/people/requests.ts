import type { AccountId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import { ClientError } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import { finishLeaving } from '../room/finishLeaving.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import type { CertaintyOfPeople } from './certainty.ts';
import type { Contacts } from './contacts.ts';
import type { Conversations } from './conversations.ts';
import type { WhoIsWho } from './whoIsWho.ts';

/** Rooms that strangers have added this device to: nothing goes back before its person has said so. */
export class Requests {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly conversations: Pick<Conversations, 'inside'>,
    private readonly contacts: Contacts,
    private readonly who: Pick<WhoIsWho, 'met'>,
    private readonly certainty: Pick<CertaintyOfPeople, 'setBlocked'>,
  ) {}

  async accept(roomId: RoomId): Promise<void> {
    const { sealed } = this.rooms.get(roomId).actor.state.record;
    // What was left by sealed messages is in no room at the relay.
    const left = sealed !== undefined && sealed.kind !== 'conversation';
    const room = left ? this.rooms.get(roomId).actor : this.conversations.inside(roomId).room;
    const { request, addedBy } = room.state.record;
    if (request === undefined) return;
    const met = addedBy && this.who.met(addedBy);
    await room.transact(step => step.clear('request'));
    room.wake();
    if (met !== undefined) await this.contacts.meet(met);
    this.admitKnown();
  }

  async decline(roomId: RoomId, { block }: { readonly block: boolean }): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    const { request, addedBy } = room.state.record;
    if (request === undefined) throw new ClientError('NOT_ALLOWED', 'that is no request');
    if (block && addedBy !== undefined) await this.certainty.setBlocked(addedBy, true);
    await finishLeaving(this.context, room);
  }

  /** What somebody began with whom one begins a conversation oneself is a stranger's no more. */
  async acceptDirectBy(accountId: AccountId): Promise<void> {
    for (const { actor } of this.rooms.shown) {
      const { request, addedBy } = actor.state.record;
      const isTheirs = addedBy === accountId && viewOf(actor.state)?.kind === 'direct';
      if (request !== undefined && isTheirs) await this.accept(actor.roomId);
    }
  }

  /** Who is known by now, here or on another own device, asks no more: what they added this device to is no request. */
  admitKnown(): void {
    for (const { actor } of this.rooms.shown) {
      const { request, addedBy } = actor.state.record;
      if (request === undefined || addedBy === undefined) continue;
      if (this.context.people.acquaintance(addedBy) === 'known') void admit(actor);
    }
  }
}

async function admit(room: RoomActor): Promise<void> {
  try {
    await room.transact(step => step.clear('request'));
    room.wake();
  } catch {
    // The room has told why its store failed; it is asked again at the next change.
  }
}
