import type { RoomActor } from './roomActor.ts';
import type { RoomContext } from './roomContext.ts';

/** Gives up the subscription and takes everything of the room off this device. Nobody in the room is told. */
export async function finishLeaving(context: RoomContext, room: RoomActor): Promise<void> {
  const { streamId } = room.state.record;
  await room.transact(step => {
    step.set({ closing: { how: 'leave', erase: true } });
    if (streamId !== undefined) context.errands.add(step, { type: 'leaveStream', streamId });
  });
  await room.erase();
}
