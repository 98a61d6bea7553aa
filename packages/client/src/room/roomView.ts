import { type DeviceIdentity, formatPathAndFragment, ROOM_SUITE_NAME, type RoomMember } from '@sotto/core';
import type { DeviceId, StreamCondition } from '@sotto/protocol';
import type { InviteView, JoinState, KnockView, Member, RoomView, Trust } from '../projection.ts';
import type { InviteRecord, KnockRecord } from '../records/roomRecords.ts';
import { nameOf, type RoomState, viewOf } from './roomState.ts';
import { timerOf } from './roomTimer.ts';

/** What the view of a room is made of, beside what is stored. */
export interface ViewParts {
  readonly identity: DeviceIdentity;
  readonly selfName: string;
  readonly nowMs: number;
  readonly relayCondition: StreamCondition;
  readonly typing: readonly DeviceId[];
  readonly join: JoinState | undefined;
}

/** A room as the screens know it. */
export function roomViewOf(state: RoomState, parts: ViewParts): RoomView {
  const { record } = state;
  const view = viewOf(state);
  const timerS = timerOf(state);
  const members = (view?.members ?? []).map(member => memberOf(state, parts, member));
  return {
    roomId: record.roomId,
    title: view?.title ?? record.title ?? '',
    condition: conditionOf(state, parts.relayCondition),
    membership: record.membership,
    ...(parts.join && { join: parts.join }),
    members,
    ...(record.importedFrom !== undefined && { imported: true }),
    myRole: view?.self.role ?? (parts.identity.kind === 'guest' ? 'guest' : 'owner'),
    knocks: [...state.knocks.values()].map(knockViewOf),
    invites: [...state.invites.values()].map(invite => inviteViewOf(invite, parts.nowMs)).sort(newestFirst),
    epoch: view?.epoch ?? 0,
    suite: ROOM_SUITE_NAME,
    ...(timerS !== undefined && { timerS }),
    unread: record.unread,
    lastActivityMs: record.lastActivityMs,
    ...(record.preview && { preview: record.preview }),
    typing: parts.typing.map(deviceId => nameOf(state, parts.identity, parts.selfName, deviceId)),
    warnings: record.warnings,
  };
}

/** Signed notices say what a room is; the relay can only say that it takes nothing. */
function conditionOf({ record }: RoomState, relayCondition: StreamCondition): RoomView['condition'] {
  if (record.condition === 'ended' || relayCondition === 'ended') return 'ended';
  return record.condition === 'paused' || relayCondition === 'paused' ? 'paused' : 'open';
}

function memberOf(state: RoomState, parts: ViewParts, member: RoomMember): Member {
  const self = member.deviceId === parts.identity.deviceId;
  return {
    accountId: member.accountId,
    deviceId: member.deviceId,
    name: nameOf(state, parts.identity, parts.selfName, member.deviceId),
    role: member.role,
    guest: member.guest,
    trust: trustOf(state, member, self),
    self,
  };
}

/** The link's fingerprint proves who let this device in, and nobody else. */
function trustOf({ record }: RoomState, member: RoomMember, self: boolean): Trust {
  if (self) return 'verified';
  return record.inviter === member.accountId ? 'verified-by-link' : 'unverified';
}

function knockViewOf(knock: KnockRecord): KnockView {
  return {
    knockId: knock.knockId,
    deviceId: knock.request.deviceId,
    name: knock.request.name,
    safetyWords: knock.safetyWords,
    receivedAtMs: knock.receivedAtMs,
    declinedBefore: knock.declinedBefore,
    inviteToken: knock.token,
    state: knock.state,
  };
}

function inviteViewOf(invite: InviteRecord, nowMs: number): InviteView {
  const { link, status } = invite;
  return {
    token: link.token,
    pathAndFragment: formatPathAndFragment(link),
    createdAtMs: invite.createdAtMs,
    expiresAtMs: invite.expiresAtMs,
    maxUses: invite.maxUses,
    uses: invite.uses,
    approval: invite.approval,
    password: link.passwordNeeded,
    status: status === 'open' && nowMs >= invite.expiresAtMs ? 'expired' : status,
  };
}

function newestFirst(a: InviteView, b: InviteView): number {
  return b.createdAtMs - a.createdAtMs;
}
