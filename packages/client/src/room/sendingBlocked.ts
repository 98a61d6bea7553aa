import { mayModerate } from '@sotto/core';
import type { AccountId } from '@sotto/protocol';
import { ClientError, type ClientErrorCode } from '../intents.ts';
import type { SendingBlocked } from '../projection.ts';
import type { PeopleRules } from './peopleRules.ts';
import { type RoomState, viewOf } from './roomState.ts';

/** Why nothing can be written into a room now; `undefined` where it can. */
export function sendingBlockedOf(people: PeopleRules, state: RoomState): SendingBlocked | undefined {
  const { request, addedBy } = state.record;
  if (request !== undefined) return { why: 'request', accountIds: addedBy === undefined ? [] : [addedBy] };
  const stopped = people.stops(state);
  if (stopped !== undefined) return stopped;
  if (state.record.keysReplaced) return keysReplaced(people, state.record.keysReplaced);
  const elsewhere = people.goesOnIn(state);
  if (elsewhere !== undefined) return { why: 'goes-on-elsewhere', accountIds: [], roomId: elsewhere };
  const view = viewOf(state);
  if (view === undefined || !view.announcements || mayModerate(view.self.role)) return undefined;
  return { why: 'announcements', accountIds: [] };
}

function keysReplaced(people: PeopleRules, by: AccountId | true): SendingBlocked {
  if (by === true) return { why: 'keys-replaced', accountIds: [] };
  const roomId = people.conversationWith(by);
  return { why: 'keys-replaced', accountIds: [by], ...(roomId !== undefined && { roomId }) };
}

/** Stop what is written from now on; what was written before goes out, and so do receipts. */
const TEXTS_ONLY: readonly (SendingBlocked['why'] | undefined)[] = [
  undefined,
  'announcements',
  'goes-on-elsewhere',
];

/**
 * Whether nothing at all goes out: announcements stop texts only, which the room’s rules see to. What a device says that
 * fell out waits until it is added again, or follows: nobody could read it before.
 */
export function isSilent(people: PeopleRules, state: RoomState): boolean {
  if (state.record.fallenOut !== undefined) return true;
  return !TEXTS_ONLY.includes(sendingBlockedOf(people, state)?.why);
}

/** Throws what the person is told who wants to write. */
export function assertNotBlocked(people: PeopleRules, state: RoomState): void {
  const why = sendingBlockedOf(people, state)?.why;
  if (why !== undefined) throw new ClientError(CODES[why], 'nothing is sent to this room now');
}

const CODES: Record<SendingBlocked['why'], ClientErrorCode> = {
  'keys-changed': 'KEYS_CHANGED',
  'not-verified': 'NOT_VERIFIED',
  blocked: 'BLOCKED',
  announcements: 'NOT_ALLOWED',
  request: 'NOT_ALLOWED',
  'goes-on-elsewhere': 'NOT_ALLOWED',
  'keys-replaced': 'NOT_ALLOWED',
};
