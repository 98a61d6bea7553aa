import { refuseKnock } from '../door/refuseKnock.ts';
import { keptTitle } from './keptTitle.ts';
import type { RoomContext } from './roomContext.ts';
import type { RoomStep } from './roomStep.ts';

/**
 * What follows when a room has ended: nobody gets in any more, nothing goes out, and with `erase` the history goes.
 * The one who ended it also tells the relay, which then drops what it kept.
 */
export function concludeRoom(
  context: RoomContext,
  step: RoomStep,
  { erase }: { readonly erase: boolean },
): void {
  const { record, invites, knocks } = step.state;
  for (const invite of invites.values()) {
    if (invite.status === 'open') step.putInvite({ ...invite, status: 'ended' });
  }
  for (const knock of knocks.values()) refuseKnock(context, step, knock, { refusal: 'ended', triesLeft: 0 });
  failOutbox(step, 'room-ended');
  step.set({ title: keptTitle(context, step.state), owesDelivered: false, owesRead: false });
  if (record.closing?.how === 'end' && record.streamId !== undefined) {
    context.errands.add(step, { type: 'controlStream', streamId: record.streamId, action: 'end' });
  }
  if (erase) step.set({ closing: { how: record.closing?.how ?? 'told', erase: true } });
  else step.clear('closing');
}

/** Nothing more can go out: texts stay to be seen as failed, the rest goes. */
export function failOutbox(step: RoomStep, failed: 'room-ended' | 'not-a-member'): void {
  for (const item of step.state.outbox) {
    if (item.appended !== undefined || item.failed !== undefined) continue;
    if (item.purpose === 'text') step.putOut({ ...item, failed });
    else step.dropOut(item.number);
  }
}
