import type { InviteStatus } from '@sotto/protocol';
import { Refusal } from '../refusal.ts';
import type { InviteRow } from './tables.ts';

/** What an invite is at this moment: one that was left open may have expired since. */
export function inviteStatusAt({ status, expiresAtMs }: InviteRow, nowMs: number): InviteStatus {
  return status === 'open' && nowMs >= expiresAtMs ? 'expired' : status;
}

const REFUSALS = {
  expired: 'INVITE_EXPIRED',
  'used-up': 'INVITE_USED_UP',
  revoked: 'INVITE_REVOKED',
  ended: 'INVITE_ENDED',
} as const;

/** Throws the `INVITE_*` refusal that says why nobody comes in by it any more. */
export function refuseUnlessOpen(invite: InviteRow, nowMs: number): void {
  const status = inviteStatusAt(invite, nowMs);
  if (status !== 'open') throw new Refusal(REFUSALS[status], `the invite is ${status}`);
}

/** The invite after `count` people came in by it; throws `INVITE_*` when there is not that much left of it. */
export function spendUses(invite: InviteRow, count: number, nowMs: number): InviteRow {
  refuseUnlessOpen(invite, nowMs);
  const uses = invite.uses + count;
  if (invite.maxUses === 0 || uses < invite.maxUses) return { ...invite, uses };
  if (uses > invite.maxUses) throw new Refusal(REFUSALS['used-up'], 'the invite has fewer uses left');
  return { ...invite, uses, status: 'used-up', closedAtMs: nowMs };
}
