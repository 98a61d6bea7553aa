import type { DeviceIdentity, RoomMember } from '@sotto/core';
import type { Member, Trust } from '../projection.ts';
import type { PeopleRules } from './peopleRules.ts';
import { differInNames, nameOf, type RoomState, viewOf } from './roomState.ts';

/** What the members of a room are shown by, beside what is stored of the room. */
export interface ShownMembersBy {
  readonly identity: DeviceIdentity;
  readonly selfName: string;
  readonly people: PeopleRules;
  /** Another whenever `people` may say something else. */
  readonly peopleRevision: number;
}

const NOBODY: readonly Member[] = [];

/**
 * The members of a room as the screens know them: the same array while there is nothing new about any of them, so that
 * a message costs the same in a room of a thousand.
 */
export class MemberViews {
  #drawn:
    | { readonly from: RoomState; readonly by: ShownMembersBy; readonly views: readonly Member[] }
    | undefined;

  of(state: RoomState, by: ShownMembersBy): readonly Member[] {
    const members = viewOf(state)?.members ?? [];
    if (members.length === 0) return NOBODY;
    const views = this.#holds(state, members, by)
      ? this.#drawn!.views
      : members.map(member => memberOf(state, by, member));
    this.#drawn = { from: state, by, views };
    return views;
  }

  #holds(state: RoomState, members: readonly RoomMember[], by: ShownMembersBy): boolean {
    if (this.#drawn === undefined) return false;
    const { from, by: before } = this.#drawn;
    return (
      viewOf(from)?.members === members &&
      from.record.inviter === state.record.inviter &&
      before.identity === by.identity &&
      before.selfName === by.selfName &&
      before.people === by.people &&
      before.peopleRevision === by.peopleRevision &&
      (from.peers === state.peers || !differInNames(from.peers, state.peers))
    );
  }
}

function memberOf(state: RoomState, by: ShownMembersBy, member: RoomMember): Member {
  const self = member.deviceId === by.identity.deviceId;
  const handle = by.people.handle(member.accountId);
  const presence = by.people.presence(member.accountId);
  return {
    accountId: member.accountId,
    deviceId: member.deviceId,
    name: nameOf(state, by, member.deviceId),
    role: member.role,
    guest: member.guest,
    trust: trustOf(state, by, member),
    self,
    ...(handle !== undefined && { handle }),
    ...(presence !== undefined && !self && { presence }),
    ...(state.peers.get(member.deviceId)?.fellOut && { fellOut: true }),
  };
}

/** What its person knows; else the link's fingerprint, which proves who let this device in, and nobody else. */
function trustOf(
  { record }: RoomState,
  { identity, people }: ShownMembersBy,
  { accountId }: RoomMember,
): Trust {
  if (accountId === identity.accountId) return 'verified';
  const known = people.trust(accountId);
  if (known !== undefined && known !== 'unverified') return known;
  return record.inviter === accountId ? 'verified-by-link' : 'unverified';
}
