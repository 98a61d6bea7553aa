import { createConversation, type NewRoom } from '@sotto/core';
import { StreamId } from '@sotto/protocol';
import type { RoomActor } from './roomActor.ts';
import type { RoomContext } from './roomContext.ts';
import { emptyRoom, type RoomState } from './roomState.ts';
import { writeRoster } from './rosters.ts';

/** A new room with this device alone in it, on the disk and not at the relay yet. A write that fails leaves none. */
export async function foundRoom(
  context: RoomContext,
  makeRoom: (state: RoomState) => RoomActor,
  options: NewRoom,
): Promise<{ readonly room: RoomActor; readonly streamId: StreamId }> {
  const nowMs = context.clock.nowMs();
  const streamId = StreamId.fromBytes(context.random(StreamId.sizeBytes));
  const created = createConversation(context.env, { identity: context.identity, streamId, ...options });
  const room = makeRoom(emptyRoom(streamId, nowMs));
  try {
    await room.transact(step => {
      step.advance(created);
      step.set({ streamId, membership: 'member', cursorSeq: 0 });
      writeRoster(step);
      step.putItem(0, { kind: 'event', atMs: nowMs, event: { type: 'created' } });
    });
  } catch (error) {
    room.forget();
    throw error;
  }
  return { room, streamId };
}
