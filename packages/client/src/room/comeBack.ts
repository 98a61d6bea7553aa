import type { Continued, joinAdded } from '@sotto/core';
import { DedupeId } from '@sotto/protocol';
import type { RoomActor } from './roomActor.ts';
import type { RoomContext } from './roomContext.ts';
import { type RoomState, viewOf } from './roomState.ts';
import type { RoomStep } from './roomStep.ts';
import { writeRoster } from './rosters.ts';

/** What this device has of a room that it fell out of: it goes on counting its messages where it was. */
export function continuedIn(state: RoomState | undefined): Continued | undefined {
  if (state === undefined) return undefined;
  const { conversation, record, outbox } = state;
  const counters = outbox.map(({ draft }) => draft.counter);
  return { conversation, ownCounter: Math.max(record.echoedCounter, ...counters) };
}

/**
 * Goes on in a room that this device fell out of and was added to again: the history stays, and what nobody could read
 * goes out once more. `also` joins the transaction.
 */
export async function comeBack(
  context: RoomContext,
  room: RoomActor,
  joined: Pick<ReturnType<typeof joinAdded>, 'conversation' | 'writes'>,
  also: (step: RoomStep) => void,
): Promise<void> {
  const { clock, identity, random } = context;
  // What is still being pushed of the log before is no more to be opened.
  room.detach();
  await room.transact(step => {
    const pending = viewOf(step.state)?.pending;
    if (pending !== undefined) step.afterwards(() => room.wishes.dropped(pending));
    step.advance(joined);
    const view = viewOf(step.state)!;
    const { warnings } = step.state.record;
    step.clear('fallenOut', 'damagedInARow', 'cursorSeq');
    step.set({
      cameBack: true,
      keyUpdateDue: true,
      joinedEpoch: view.epoch,
      lastActivityMs: clock.nowMs(),
      warnings: warnings.filter(({ kind }) => kind !== 'out-of-sync'),
    });
    const others = view.members.filter(({ deviceId }) => deviceId !== identity.deviceId);
    step.putPeers(others.map(({ deviceId }) => step.peer(deviceId)));
    for (const item of step.state.outbox) {
      if (item.failed !== undefined) continue;
      const { sealed: _sealed, appended: _appended, ...unsaid } = item;
      step.putOut({ ...unsaid, dedupeId: DedupeId.fromBytes(random(DedupeId.sizeBytes)) });
    }
    writeRoster(step);
    also(step);
  });
  void room.attach();
}
