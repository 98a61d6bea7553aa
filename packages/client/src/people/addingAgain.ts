import { askAgain } from '@sotto/core';
import { DedupeId, type DeviceId } from '@sotto/protocol';
import type { Rooms } from '../engine/rooms.ts';
import { ClientError } from '../intents.ts';
import type { RoomId } from '../projection.ts';
import { RelayFailure } from '../relay/relayFailure.ts';
import { hasFallenOut } from '../room/fallenOut.ts';
import type { RoomActor } from '../room/roomActor.ts';
import type { RoomContext } from '../room/roomContext.ts';
import { viewOf } from '../room/roomState.ts';
import type { BringingIn } from './bringingIn.ts';
import type { Conversations } from './conversations.ts';

/** Each time the room has gone on in the meantime: the request is made again for where it is. */
const MOST_TRIES = 5;

/**
 * Devices that fell out of a room: asking to be added again, and adding again. Only ever because a person said so,
 * on both sides: a way back that opens by itself would let a relay undo what the keys have healed.
 */
export class AddingAgain {
  constructor(
    private readonly context: RoomContext,
    private readonly rooms: Rooms,
    private readonly conversations: Conversations,
    private readonly bringing: BringingIn,
  ) {}

  async ask(roomId: RoomId): Promise<void> {
    const room = this.rooms.get(roomId).actor;
    if (!hasFallenOut(room.state)) throw new ClientError('NOT_ALLOWED', 'this device follows the room');
    this.conversations.assertOnline();
    // Before it is sent: whoever answers at once is to be let through.
    await room.transact(step => step.set({ fallenOut: { asked: true } }));
    try {
      await this.#say(room);
    } catch (error) {
      await room.transact(step => step.set({ fallenOut: { asked: false } }));
      throw error;
    }
  }

  async add(roomId: RoomId, deviceId: DeviceId): Promise<void> {
    this.conversations.assertOnline();
    const { room, view } = this.conversations.inside(roomId);
    const member = view.members.find(other => other.deviceId === deviceId);
    if (member === undefined || room.state.peers.get(deviceId)?.fellOut === undefined)
      throw new ClientError('NOT_ALLOWED', 'nobody asked for that');
    await this.bringing.bringAgain(room, member);
  }

  async #say(room: RoomActor): Promise<void> {
    const { env, identity, link, random } = this.context;
    const streamId = room.state.record.streamId!;
    const dedupeId = DedupeId.fromBytes(random(DedupeId.sizeBytes));
    let streamEpoch = viewOf(room.state)?.streamEpoch ?? 0;
    for (let tries = 1; ; tries++) {
      const payload = askAgain(env, identity, { streamId, streamEpoch });
      const nobody = { admissions: [], removedDeviceIds: [], adminDeviceIds: [] };
      const entry = { streamId, dedupeId, kind: 'message', expectEpoch: streamEpoch, payload } as const;
      try {
        await link.request({ type: 'append', ...entry, ...nobody });
        return;
      } catch (error) {
        const moved = error instanceof RelayFailure && error.code === 'EPOCH_CONFLICT';
        if (!moved || tries === MOST_TRIES) throw error;
        streamEpoch = error.epoch;
      }
    }
  }
}
