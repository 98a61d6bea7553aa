import type { RoomMember } from '@sotto/core';
import type { RoomCondition } from '@sotto/protocol';
import { concludeRoom } from './concludeRoom.ts';
import type { RoomContext } from './roomContext.ts';
import type { RoomStep } from './roomStep.ts';

/** Somebody who may speak for the room says what holds from here on. */
export function receiveNotice(
  context: RoomContext,
  step: RoomStep,
  seq: number,
  author: RoomMember,
  notice: { readonly condition: RoomCondition; readonly erase: boolean },
): void {
  const before = step.state.record.condition;
  if (before === 'ended' || before === notice.condition) return;
  step.set({ condition: notice.condition, lastActivityMs: context.clock.nowMs() });
  const type = notice.condition === 'open' ? 'resumed' : notice.condition;
  step.putItem(seq, {
    kind: 'event',
    atMs: context.clock.nowMs(),
    event: { type, by: author.deviceId },
  });
  if (notice.condition === 'ended') concludeRoom(context, step, { erase: notice.erase });
}
