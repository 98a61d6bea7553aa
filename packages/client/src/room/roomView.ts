import { type CoreEnv, type DeviceIdentity, formatPathAndFragment, ROOM_SUITE_NAME } from '@sotto/core';
import type { DeviceId, StreamCondition } from '@sotto/protocol';
import type { InviteView, JoinState, KnockView, Member, RoomView } from '../projection.ts';
import type { InviteRecord, KnockRecord } from '../records/roomRecords.ts';
import { hasFallenOut } from './fallenOut.ts';
import { titleNow } from './keptTitle.ts';
import type { PeopleRules } from './peopleRules.ts';
import { pictureIdOf } from './roomPicture.ts';
import { nameOf, type RoomState, viewOf } from './roomState.ts';
import { timerOf } from './roomTimer.ts';
import { sendingBlockedOf } from './sendingBlocked.ts';

const SEALED_SUITE_NAME = 'RSA-OAEP-256, A256GCM, PS256';

/** What the view of a room is made of, beside what is stored. */
export interface ViewParts {
  readonly env: Pick<CoreEnv, 'provider'>;
  readonly identity: DeviceIdentity;
  readonly selfName: string;
  readonly nowMs: number;
  readonly relayCondition: StreamCondition;
  readonly typing: readonly DeviceId[];
  readonly join: JoinState | undefined;
  readonly people: PeopleRules;
  readonly members: readonly Member[];
}

/** A room as the screens know it. */
export function roomViewOf(state: RoomState, parts: ViewParts): RoomView {
  const { record } = state;
  const view = viewOf(state);
  const timerS = timerOf(state);
  return {
    roomId: record.roomId,
    ...(record.streamId !== undefined && { streamId: record.streamId }),
    title: titleNow(parts, state),
    ...(view?.picture && { picture: pictureIdOf(parts.env, view.picture) }),
    ...(view?.kind === 'direct' && { kind: 'direct' }),
    condition: conditionOf(state, parts.relayCondition),
    membership: record.membership,
    ...(parts.join && { join: parts.join }),
    members: parts.members,
    ...(record.request !== undefined && { request: requestOf(state, parts) }),
    ...(view?.announcements && { announcements: true }),
    ...(parts.people.isMuted(record.roomId) && { muted: true }),
    ...(record.membership === 'member' && sendingBlockedIn(state, parts)),
    ...(mayAskAgain(state, parts) && { fallenOut: { asked: record.fallenOut?.asked ?? false } }),
    ...(record.sealed && { sealed: record.sealed }),
    ...(record.importedFrom !== undefined && { imported: true }),
    myRole: view?.self.role ?? (parts.identity.kind === 'guest' ? 'guest' : 'owner'),
    knocks: [...state.knocks.values()].map(knockViewOf),
    invites: [...state.invites.values()].map(invite => inviteViewOf(invite, parts.nowMs)).sort(newestFirst),
    epoch: view?.epoch ?? 0,
    suite: state.record.sealed === undefined ? ROOM_SUITE_NAME : SEALED_SUITE_NAME,
    ...(view?.membership === 'member' && { keysRenewedAtMs: view.keysUpdatedAtMs }),
    ...(timerS !== undefined && { timerS }),
    unread: record.unread,
    ...(record.readTo !== undefined && { readTo: record.readTo }),
    lastActivityMs: record.lastActivityMs,
    ...(record.preview && { preview: record.preview }),
    typing: parts.typing.map(deviceId => nameOf(state, parts, deviceId)),
    // Said by `fallenOut`, with what can be done about it.
    warnings: record.warnings.filter(({ kind }) => kind !== 'out-of-sync' || !mayAskAgain(state, parts)),
  };
}

/** Signed notices say what a room is; the relay can only say that it takes nothing. */
function conditionOf({ record }: RoomState, relayCondition: StreamCondition): RoomView['condition'] {
  if (record.condition === 'ended' || relayCondition === 'ended') return 'ended';
  return record.condition === 'paused' || relayCondition === 'paused' ? 'paused' : 'open';
}

/** A guest has no way back but a link. */
function mayAskAgain(state: RoomState, { identity, people }: ViewParts): boolean {
  return hasFallenOut(state) && identity.kind !== 'guest' && people.registered;
}

function requestOf(state: RoomState, parts: ViewParts): NonNullable<RoomView['request']> {
  const { addedBy } = state.record;
  const from = viewOf(state)?.members.find(({ accountId }) => accountId === addedBy);
  const handle = addedBy && parts.people.handle(addedBy);
  const said = from && state.peers.get(from.deviceId)?.name;
  const fromName = said || (handle ?? '');
  return { fromName, ...(handle !== undefined && { handle }) };
}

function sendingBlockedIn(state: RoomState, { people }: ViewParts): Pick<RoomView, 'sendingBlocked'> {
  const sendingBlocked = sendingBlockedOf(people, state);
  return sendingBlocked === undefined ? {} : { sendingBlocked };
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
