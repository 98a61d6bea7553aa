import type { ContentBody } from '@sotto/protocol';
import type { OwnAccount } from '../account/ownAccount.ts';
import type { Rooms } from '../engine/rooms.ts';
import type { OutPurpose } from '../records/roomRecords.ts';
import { queueContent } from '../room/outbox.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import type { Conversations } from './conversations.ts';

/** The room in which one's own devices talk to each other; no screen shows it. */
export class OwnRoom {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly own: OwnAccount,
    private readonly conversations: Conversations,
  ) {}

  /** Of several, the same on every device. */
  get room(): RoomActor | undefined {
    return this.rooms.all
      .map(({ actor }) => actor)
      .filter(({ state, erasing }) => {
        const { membership } = state.record;
        return !erasing && membership === 'member' && viewOf(state)?.kind === 'self';
      })
      .sort((a, b) => (a.state.record.streamId! < b.state.record.streamId! ? -1 : 1))[0];
  }

  /** Whether there is another device to talk to, and a relay. */
  get wanted(): boolean {
    return (this.own.list?.devices.length ?? 0) > 1 && this.context.link.online;
  }

  /** `undefined` where it is not wanted. Rejects where it cannot be made now. */
  async make(): Promise<RoomActor | undefined> {
    return this.room ?? (this.wanted ? this.conversations.make({ kind: 'self' }) : undefined);
  }

  async say(room: RoomActor, purpose: OutPurpose, bodies: readonly ContentBody[]): Promise<void> {
    await room.transact(step => {
      for (const body of bodies) queueContent(this.context, step, purpose, body);
    });
    room.wake();
  }
}
