import { type ContactTrust, signTrustRecord } from '@sotto/core';
import type { OwnAccount } from '../account/ownAccount.ts';
import type { Rooms } from '../engine/rooms.ts';
import type { RoomId } from '../projection.ts';
import { queueContent } from '../room/outbox.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { Contacts } from './contacts.ts';
import type { Conversations } from './conversations.ts';

/**
 * What one's own devices tell each other of people: signed records in a room of their own, which is made when there is
 * something to tell and another device to tell it to.
 */
export class OwnTrust {
  readonly #queue = new SerialQueue();
  /** How many devices were in the room when it was last looked at. */
  readonly #members = new Map<RoomId, number>();

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly own: OwnAccount,
    private readonly contacts: Contacts,
    private readonly conversations: Conversations,
  ) {}

  /** This device has changed what it knows of somebody. */
  tell(contact: ContactTrust): void {
    this.#run(async () => {
      const room = this.#room();
      if (room === undefined) await this.#begin();
      else await this.#say(room, [contact]);
    });
  }

  /** A session stands: what could not be told before is told now. */
  online(): void {
    this.#run(async () => {
      if (this.#room() === undefined) await this.#begin();
    });
  }

  /** Another device may have come in, which has heard nothing yet. */
  roomChanged(roomId: RoomId): void {
    const room = this.rooms.all.find(({ actor }) => actor.roomId === roomId)?.actor;
    const view = room && viewOf(room.state);
    if (room === undefined || view?.kind !== 'self') return;
    const before = this.#members.get(roomId);
    this.#members.set(roomId, view.members.length);
    if (before === undefined || before >= view.members.length) return;
    this.#run(() => this.#say(room, this.contacts.all));
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  #run(job: () => Promise<void>): void {
    // What is not told now is told in the next session, or to the next device.
    void this.#queue.run(job).catch(() => undefined);
  }

  /** Of several, the same on every device. */
  #room(): RoomActor | undefined {
    return this.rooms.all
      .map(({ actor }) => actor)
      .filter(({ state, erasing }) => {
        const { membership } = state.record;
        return !erasing && membership === 'member' && viewOf(state)?.kind === 'self';
      })
      .sort((a, b) => (a.state.record.streamId! < b.state.record.streamId! ? -1 : 1))[0];
  }

  async #begin(): Promise<void> {
    const devices = this.own.list?.devices.length ?? 0;
    if (devices < 2 || this.contacts.all.length === 0 || !this.context.link.online) return;
    const room = await this.conversations.make({ kind: 'self' });
    this.#members.set(room.roomId, 1);
    await this.#say(room, this.contacts.all);
  }

  async #say(room: RoomActor, contacts: readonly ContactTrust[]): Promise<void> {
    const { env, identity } = this.context;
    await room.transact(step => {
      for (const { record } of contacts)
        queueContent(this.context, step, 'trust', {
          type: 'trust',
          ...signTrustRecord(env, identity, record),
        });
    });
    room.wake();
  }
}
