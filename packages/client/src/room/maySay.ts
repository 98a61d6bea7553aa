import { ClientError } from '../intents.ts';
import type { RoomContext } from './roomContext.ts';
import type { RoomStep } from './roomStep.ts';
import { assertNotBlocked } from './sendingBlocked.ts';

/** Throws `ROOM_ENDED`, `NOT_A_MEMBER`, and why nothing can be written here now. */
export function assertMaySay({ people }: Pick<RoomContext, 'people'>, { state }: RoomStep): void {
  const { record } = state;
  if (record.condition === 'ended') throw new ClientError('ROOM_ENDED', 'the chat has ended');
  if (record.membership !== 'member') throw new ClientError('NOT_A_MEMBER', 'this device is not in the room');
  assertNotBlocked(people, state);
}
