import { cleanName, type InviteLink } from '@sotto/core';
import { type InviteToken, StreamId } from '@sotto/protocol';
import { prepareJoin, readLink, type SlowCrypto } from '../door/joining.ts';
import { ClientError } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import { finishLeaving } from '../room/finishLeaving.ts';
import { queueContent, unsent } from '../room/outbox.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { emptyRoom, viewOf } from '../room/roomState.ts';
import type { Rooms } from './rooms.ts';

/** How long a goodbye may take before the door falls shut. */
const GOODBYE_MS = 3_000;

/** What a guest does: knock, come in, and go without a trace on this device. */
export class Guesting {
  /** Requests that are being made: who asks twice in one breath asks once. */
  readonly #asking = new Map<InviteToken, Promise<{ roomId: RoomId }>>();

  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly slow: Pick<SlowCrypto, 'passwordKey'>,
    private readonly makeRoom: (state: ReturnType<typeof emptyRoom>) => RoomActor,
    private readonly setName: (name: string) => Promise<void>,
    /** Reaches the relay by this invite. */
    private readonly connect: (token: InviteToken) => void,
  ) {}

  async join(options: {
    readonly link: string;
    readonly name: string;
    readonly password: string | undefined;
  }): Promise<{ roomId: RoomId }> {
    const link = readLink(options.link);
    const name = cleanName(options.name);
    const underWay = this.#asking.get(link.token);
    if (underWay !== undefined) return underWay;
    const asking = this.#ask({ link, name, password: options.password });
    this.#asking.set(link.token, asking);
    try {
      return await asking;
    } finally {
      this.#asking.delete(link.token);
    }
  }

  async #ask({
    link,
    name,
    password,
  }: {
    readonly link: InviteLink;
    readonly name: string;
    readonly password: string | undefined;
  }): Promise<{ roomId: RoomId }> {
    const inside = this.rooms.all.find(({ actor }) => actor.state.record.enteredBy === link.token);
    if (inside !== undefined && inside.actor.state.record.membership === 'member')
      return { roomId: inside.actor.roomId };
    const again = this.rooms.knockedAt.find(
      ({ actor }) => actor.state.join?.link.token === link.token,
    )?.actor;
    // A request that waits may be answered by a Welcome at any moment, and only its own keys open that one.
    if (again !== undefined && again.state.join?.refused === undefined) {
      this.rooms.get(again.roomId).joining.wake();
      return { roomId: again.roomId };
    }
    this.connect(link.token);
    const join = await prepareJoin(this.context, this.slow, { link, name, password });
    await this.setName(name);
    const room =
      again ??
      this.makeRoom(
        // Which room it is stands in the Welcome only: until then, and on this device for ever, it has a name of its own.
        emptyRoom(StreamId.fromBytes(this.context.random(StreamId.sizeBytes)), this.context.clock.nowMs()),
      );
    try {
      await room.transact(step => {
        step.set({ enteredBy: link.token, lastActivityMs: this.context.clock.nowMs() });
        step.putJoin(join);
      });
    } catch (error) {
      if (again === undefined) room.forget();
      throw error;
    }
    // Again where the relay sent this device away before it had anything to tell of.
    this.connect(link.token);
    this.rooms.get(room.roomId).joining.wake();
    return { roomId: room.roomId };
  }

  async leaveAndErase(roomId: RoomId): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    const { record } = room.state;
    const view = viewOf(room.state);
    const inside = record.membership === 'member' && record.condition !== 'ended' && view !== undefined;
    if (inside && view.self.role === 'owner') {
      throw new ClientError('NOT_ALLOWED', 'the host ends the chat instead of leaving it');
    }
    if (inside) await this.#sayGoodbye(room);
    await finishLeaving(this.context, room);
  }

  /** So that the host's device removes this one, and its keys with it. Not waited for long. */
  async #sayGoodbye(room: RoomActor): Promise<void> {
    if (!this.context.link.online || !room.accepting) return;
    await room.transact(step => {
      step.set({ closing: { how: 'leave', erase: true } });
      queueContent(this.context, step, 'leave', { type: 'leave' });
    });
    room.wake();
    await new Promise<void>(resolve => {
      const cancel = this.context.clock.setTimer(GOODBYE_MS, resolve);
      const said = room.until(state => !unsent(state.outbox).some(({ purpose }) => purpose === 'leave'));
      said
        .catch(() => undefined)
        .then(() => {
          cancel();
          resolve();
        });
    });
  }
}
