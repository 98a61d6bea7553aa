import { roomBlocks } from '@sotto/core';
import type { AccountId } from '@sotto/protocol';
import { ClientError } from '../intents.ts';
import type { SendingBlocked } from '../projection.ts';
import { type RoomState, viewOf } from '../room/roomState.ts';
import type { Contacts } from './contacts.ts';

/** Whom this device writes to: `strict`, people only of whom it is sure. */
export interface WritesTo {
  readonly own: AccountId;
  readonly contacts: Pick<Contacts, 'all' | 'find'>;
  readonly strict: boolean;
}

/** What about the people of a room stops sending into it. */
export function stopsSending(
  { own, contacts, strict }: WritesTo,
  state: RoomState,
): SendingBlocked | undefined {
  const direct = viewOf(state)?.kind === 'direct';
  const someChanged = contacts.all.some(({ changed }) => changed !== undefined);
  if (!strict && !direct && !someChanged) return undefined;
  const members = viewOf(state)?.members ?? [];
  const others = [...new Set(members.map(({ accountId }) => accountId))].filter(id => id !== own);
  const blocked = direct ? others.filter(accountId => contacts.find(accountId)?.record.blocked) : [];
  if (blocked.length > 0) return { why: 'blocked', accountIds: blocked };
  const blocks = roomBlocks(others, contacts.all, { strict }).filter(
    // The link that this device came by proves who gave it.
    ({ accountId, block }) => block === 'changed' || accountId !== state.record.inviter,
  );
  const because = (block: 'changed' | 'not-verified') =>
    blocks.filter(each => each.block === block).map(({ accountId }) => accountId);
  const changed = because('changed');
  if (changed.length > 0) {
    const left = changed.every(accountId => contacts.find(accountId)?.changed?.left);
    return { why: 'keys-changed', accountIds: changed, ...(left && { left }) };
  }
  const unsure = because('not-verified');
  return unsure.length > 0 ? { why: 'not-verified', accountIds: unsure } : undefined;
}

/** Throws `KEYS_CHANGED`, and in strict mode `NOT_VERIFIED`, where one of them is not to be written to. */
export function assertSure({ own, contacts, strict }: WritesTo, accountIds: readonly AccountId[]): void {
  const others = accountIds.filter(accountId => accountId !== own);
  const [first] = roomBlocks(others, contacts.all, { strict });
  if (first === undefined) return;
  if (first.block === 'changed') throw new ClientError('KEYS_CHANGED', 'the keys of somebody changed');
  throw new ClientError('NOT_VERIFIED', 'only to people who are verified');
}
