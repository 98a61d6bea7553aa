import type { PendingCommit } from '@sotto/core';
import { base62Encode, type InviteToken } from '@sotto/protocol';
import type { RoomId } from '../projection.ts';
import { KEYS } from '../records/keys.ts';
import type { InviteRecord } from '../records/roomRecords.ts';
import type { RoomContext } from '../room/roomContext.ts';
import type { RoomStep } from '../room/roomStep.ts';
import { refuseKnock } from './refuseKnock.ts';
import { noteTree } from './treesAtRelay.ts';

/** What an own commit that is in force now settles at the door: who is in, which uses are spent, who must be told. */
export function acceptOwnCommit(context: RoomContext, step: RoomStep, pending: PendingCommit): void {
  if (pending.kind === 'update') step.set({ keyUpdateDue: false });
  noteTree(step, pending);
  for (const { deviceId, inviteToken } of pending.admissions) {
    if (inviteToken === undefined) continue;
    const knock = [...step.state.knocks.values()].find(
      ({ token, request }) => token === inviteToken && request.deviceId === deviceId,
    );
    if (knock !== undefined) {
      step.putPeer({ ...step.peer(deviceId), name: knock.request.name });
      step.dropKnock(knock.knockId);
      step.write(grantedKey(context, step.state.record.roomId, inviteToken, knock.sealedRequest), {});
    }
    const invite = step.state.invites.get(inviteToken);
    if (invite !== undefined) spendUse(context, step, invite);
  }
}

/** Where it is noted that a request was granted: its key package is used up, whoever brings it again. */
export function grantedKey(
  context: Pick<RoomContext, 'env'>,
  roomId: RoomId,
  token: InviteToken,
  sealedRequest: Uint8Array,
): string {
  const hash = context.env.provider.hash('SHA-256', sealedRequest);
  return KEYS.granted(roomId, token, base62Encode(hash.subarray(0, 16)));
}

function spendUse(context: RoomContext, step: RoomStep, invite: InviteRecord): void {
  const uses = invite.uses + 1;
  const usedUp = invite.maxUses > 0 && uses >= invite.maxUses;
  const status = usedUp && invite.status === 'open' ? 'used-up' : invite.status;
  step.putInvite({ ...invite, uses, status });
  if (!usedUp) return;
  for (const knock of step.state.knocks.values()) {
    if (knock.token === invite.link.token)
      refuseKnock(context, step, knock, { refusal: 'full', triesLeft: 0 });
  }
}

/** How many more this invite lets in: by this device's own count, whatever the relay says. */
export function usesLeft(invite: InviteRecord): number {
  return invite.maxUses === 0 ? Number.POSITIVE_INFINITY : Math.max(0, invite.maxUses - invite.uses);
}

/** Why an invite lets nobody in now, or `undefined` while it does. By this device's clock and count. */
export function closedBecause(
  invite: InviteRecord,
  nowMs: number,
): 'expired' | 'full' | 'revoked' | 'ended' | undefined {
  if (invite.status === 'revoked' || invite.status === 'ended' || invite.status === 'expired')
    return invite.status;
  if (invite.status === 'used-up' || usesLeft(invite) === 0) return 'full';
  return nowMs >= invite.expiresAtMs ? 'expired' : undefined;
}
