import { type ContactTrust, signTrustRecord } from '@sotto/core';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { SerialQueue } from '../serialQueue.ts';
import type { Contacts } from './contacts.ts';
import type { OwnRoom } from './ownRoom.ts';

/** What one's own devices tell each other of people: signed records in their own room. */
export class OwnTrust {
  readonly #queue = new SerialQueue();

  constructor(
    private readonly context: RoomContext,
    private readonly ownRoom: OwnRoom,
    private readonly contacts: Contacts,
  ) {}

  /** This device has changed what it knows of somebody. */
  tell(contact: ContactTrust): void {
    this.#run(async () => {
      const { room } = this.ownRoom;
      if (room === undefined) await this.#begin();
      else await this.#say(room, [contact]);
    });
  }

  /** A session stands: what could not be told before is told now. */
  online(): void {
    this.#run(async () => {
      if (this.ownRoom.room === undefined) await this.#begin();
    });
  }

  /** Another device has come into the room, and has heard nothing yet. */
  deviceCame(room: RoomActor): void {
    this.#run(() => this.#say(room, this.contacts.all));
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  #run(job: () => Promise<void>): void {
    // What is not told now is told in the next session, or to the next device.
    void this.#queue.run(job).catch(() => undefined);
  }

  async #begin(): Promise<void> {
    if (this.contacts.all.length === 0) return;
    const room = await this.ownRoom.make();
    if (room !== undefined) await this.#say(room, this.contacts.all);
  }

  async #say(room: RoomActor, contacts: readonly ContactTrust[]): Promise<void> {
    const { env, identity } = this.context;
    const bodies = contacts.map(({ record }) => ({
      type: 'trust' as const,
      ...signTrustRecord(env, identity, record),
    }));
    if (bodies.length > 0) await this.ownRoom.say(room, 'trust', bodies);
  }
}
