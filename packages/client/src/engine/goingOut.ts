import { unsent } from '../room/outbox.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomState } from '../room/roomState.ts';
import type { Rooms } from './rooms.ts';

/**
 * Resolves once everything that rooms owe to others (messages, receipts) is at the relay, and after `withinMs` at the
 * latest: for a program that is about to end. Where there is no connection nothing is waited for; it goes out later.
 */
export async function goneOut(context: RoomContext, rooms: Rooms, withinMs: number): Promise<void> {
  if (!context.link.online) return;
  const waiting = rooms.all
    .filter(({ actor }) => !owesNothing(actor.state))
    .map(({ actor }) => actor.until(owesNothing).catch(() => undefined));
  let cancel: () => void = () => undefined;
  const late = new Promise<void>(resolve => {
    cancel = context.clock.setTimer(withinMs, resolve);
  });
  await Promise.race([Promise.all(waiting), late]);
  cancel();
}

function owesNothing({ record, outbox }: RoomState): boolean {
  const { membership, condition, request, owesDelivered, owesRead } = record;
  if (membership !== 'member' || condition !== 'open' || request !== undefined) return true;
  return !owesDelivered && !owesRead && unsent(outbox).length === 0;
}
