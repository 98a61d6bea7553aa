import type { CommitSummary, GroupView, LeafView } from '@sotto/mls';
import { type ContentBody, LIMITS, type Role, type RoomPolicy } from '@sotto/protocol';
import { equalBytes } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import type { Revocations } from '../identity/deviceList.ts';
import type { EphemeralBody } from './ephemeral.ts';
import { memberOfLeaf, type RoomMember } from './member.ts';
import { brokenByExtensions } from './policyRules.ts';

/** The rules of a room, by name, as errors and refusals give them. Every client enforces all of them. */
export type RuleName =
  /** Only owners and admins add members; whoever has an account adds its own devices. */
  | 'add'
  /** A guest comes by a link; a member by its account's device list, or by a link. Guests add nobody, not even their own. */
  | 'guest-mark'
  /** A direct room is of the devices of two accounts, a self room of one's own; that never changes. */
  | 'accounts'
  /**
   * Owners remove all but an owning founder, admins members and guests, everyone with an account its own devices and
   * revoked ones. Whoever may add a device may also take it out in the commit that adds it again.
   */
  | 'remove'
  /** A device list that comes with a commit is signed by the account whose devices it revokes. */
  | 'device-list'
  /** Only owners and admins change the title. */
  | 'title'
  /** Only owners and admins change the picture; that it is one, the policy's decoder sees to. */
  | 'picture'
  /** Only owners and admins turn announcements on or off; while they are on, only they write. */
  | 'announcements'
  /** Only owners change roles, each account's once, never "guest"; the founder's only itself; an owner is always there. */
  | 'roles'
  /** The founder never changes. */
  | 'founder'
  /** What kind of room it is, and in a direct or self room the whole policy, never changes. */
  | 'kind'
  /**
   * A leaf keeps its certificate's device and account, and its kind, but that a guest's own commit may make it a
   * member's; leaves change by their own commits only.
   */
  | 'identity'
  /** Group extensions other than the policy stay as they are. */
  | 'extensions'
  /** An Add by a link comes with the link's pre-shared key, announced by the committer in the same entry. */
  | 'psk'
  | 'room-size'
  /** Only owners and admins speak for the room. */
  | 'notice'
  /** A name that cannot be shown. */
  | 'name'
  /** A kind of content that does not stand alone in an entry, not with this counter, or not in such a room. */
  | 'content-kind';

/** What a commit is judged by: the room before it. */
export interface RuledRoom {
  readonly members: readonly RoomMember[];
  readonly policy: RoomPolicy;
  readonly info: Pick<GroupView, 'extensions'>;
}

/** A commit, and what its author announced in the same entry. */
export interface JudgedCommit
  extends Pick<CommitSummary, 'added' | 'removed' | 'updated' | 'groupExtensions' | 'pskIds'> {
  /** By signed lists; an account revokes its own devices only. */
  readonly revocations: readonly Revocations[];
}

/** Whether this role may let people in, remove guests and members, rename, and speak for the room. */
export function mayModerate(role: Role): boolean {
  return role === 'owner' || role === 'admin';
}

/**
 * Whether `actor` may remove `target` without anyone's word: its own account's other devices, in a direct room the
 * other's; else owners all but an owning founder and themselves, admins members and guests.
 */
export function mayRemove(
  actor: RoomMember,
  target: RoomMember,
  policy: Pick<RoomPolicy, 'founderAccountKey' | 'kind'>,
): boolean {
  if (actor.deviceId === target.deviceId) return false;
  if (isOwnDevice(actor, target) || (policy.kind === 'direct' && !actor.guest)) return true;
  if (target.role === 'owner' && equalBytes(target.accountKey, policy.founderAccountKey)) return false;
  return actor.role === 'owner' || (actor.role === 'admin' && !mayModerate(target.role));
}

/** Whether `actor` may edit or delete a message of `author`: only the same account. */
export function mayChangeMessage(
  actor: Pick<RoomMember, 'accountId'>,
  author: Pick<RoomMember, 'accountId'>,
): boolean {
  return actor.accountId === author.accountId;
}

/** The first rule that a commit breaks, judged before anything is applied; `undefined` when it breaks none. */
export function brokenByCommit(
  env: Pick<CoreEnv, 'provider'>,
  room: RuledRoom,
  committer: RoomMember,
  commit: JudgedCommit,
): RuleName | undefined {
  const { policy, members } = room;
  const { removed, updated, groupExtensions, pskIds, revocations } = commit;
  if (updated.length > 0) return 'identity';
  const member = (leaf: LeafView) => memberOfLeaf(env, policy, leaf);
  const added = commit.added.map(member);
  const broken = pskIds.length > 0 ? brokenByLinkAdd : brokenByDirectoryAdd;
  const rule = broken(policy, committer, added, pskIds.length);
  if (rule !== undefined) return rule;
  const gone = removed.map(member);
  const comesBack = ({ deviceId, accountId }: RoomMember) =>
    added.some(newcomer => newcomer.deviceId === deviceId && newcomer.accountId === accountId);
  const mayGo = (target: RoomMember) =>
    comesBack(target) || mayRemove(committer, target, policy) || isRevoked(committer, target, revocations);
  if (!gone.every(mayGo)) return 'remove';
  if (members.length + added.length - gone.length > LIMITS.membersPerStream) return 'room-size';
  const left = new Set(gone.map(({ deviceId }) => deviceId));
  const staying = members.filter(({ deviceId }) => !left.has(deviceId));
  return groupExtensions && brokenByExtensions(env, room, committer, groupExtensions, [...staying, ...added]);
}

/** The rule that stops this author from saying this in a room of this policy; `undefined` when it may. */
export function brokenByContent(
  policy: Pick<RoomPolicy, 'kind' | 'announcements'>,
  author: RoomMember,
  body: ContentBody,
): RuleName | undefined {
  switch (body.type) {
    case 'typing':
    case 'presence':
    case 'inviteSecrets':
    case 'deviceList':
      return 'content-kind';
    case 'trust':
    case 'deviceUse':
    case 'history':
      return policy.kind === 'self' ? undefined : 'content-kind';
    case 'introduction':
      return author.guest ? undefined : 'content-kind';
    case 'roomNotice':
      return mayModerate(author.role) ? undefined : 'notice';
    case 'text':
    case 'attachment':
    case 'edit':
    case 'timer':
      return policy.announcements && !mayModerate(author.role) ? 'announcements' : undefined;
    default:
      return undefined;
  }
}

/** The rule that stops this author from this signal. */
export function brokenByEphemeral(
  policy: Pick<RoomPolicy, 'announcements'>,
  author: RoomMember,
  body: EphemeralBody,
): RuleName | undefined {
  const silent = policy.announcements && !mayModerate(author.role);
  return body.type === 'typing' && silent ? 'announcements' : undefined;
}

/** Adds by a link: of guests, or of members that came by it. */
function brokenByLinkAdd(
  policy: RoomPolicy,
  committer: RoomMember,
  added: readonly RoomMember[],
  psks: number,
): RuleName | undefined {
  if (added.length > 0 && !mayModerate(committer.role)) return 'add';
  if (policy.kind !== 'group') return 'accounts';
  return psks === 1 && added.length > 0 ? undefined : 'psk';
}

/** Adds without one: of devices that their accounts list, as whoever adds them has seen. */
function brokenByDirectoryAdd(
  policy: RoomPolicy,
  committer: RoomMember,
  added: readonly RoomMember[],
): RuleName | undefined {
  if (added.some(({ guest }) => guest)) return mayModerate(committer.role) ? 'psk' : 'add';
  if (added.length > 0 && committer.guest) return 'add';
  if (!added.every(newcomer => isOfRoom(policy, newcomer))) return 'accounts';
  const may = (newcomer: RoomMember) =>
    policy.kind !== 'group' || mayModerate(committer.role) || isOwnDevice(committer, newcomer);
  return added.every(may) ? undefined : 'add';
}

/** Whether a room of this kind can hold a device of that account. */
export function isOfRoom(
  policy: RoomPolicy,
  { accountId, accountKey, guest }: Pick<RoomMember, 'accountId' | 'accountKey' | 'guest'>,
): boolean {
  if (policy.kind === 'group') return true;
  const founder = equalBytes(accountKey, policy.founderAccountKey);
  return !guest && (founder || (policy.kind === 'direct' && accountId === policy.peerAccountId));
}

function isOwnDevice(actor: RoomMember, target: RoomMember): boolean {
  return actor.accountId === target.accountId && !actor.guest;
}

/** Whether anyone with an account may remove `target`, because its own account has revoked it. */
export function isRevoked(
  actor: RoomMember,
  target: RoomMember,
  revocations: readonly Revocations[],
): boolean {
  if (actor.guest || actor.deviceId === target.deviceId) return false;
  return revocations.some(
    ({ accountId, revokedDeviceIds }) =>
      accountId === target.accountId && revokedDeviceIds.includes(target.deviceId),
  );
}
