import type { CommitSummary, ExtensionView, GroupView } from '@sotto/mls';
import { type ContentBody, LIMITS, type Role, type RoomPolicy } from '@sotto/protocol';
import { equalBytes } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { memberOfLeaf, type RoomMember } from './member.ts';
import { POLICY_EXTENSION, policyOf } from './policy.ts';

/** The rules of a room, by name, as errors and refusals give them. Every client enforces all of them. */
export type RuleName =
  /** Only owners and admins add members. */
  | 'add'
  /** Who comes by a link is a guest and says so in its certificate. */
  | 'guest-mark'
  /** Only owners and admins remove others; nobody removes the founder; admins remove members and guests only. */
  | 'remove'
  /** Only owners and admins change the title. */
  | 'title'
  /** Only owners change roles; roles are given to accounts once each, and never "guest". */
  | 'roles'
  /** The founder never changes. */
  | 'founder'
  /** A leaf keeps its certificate's device, account and kind; leaves change by their own commits only. */
  | 'identity'
  /** Group extensions other than the policy stay as they are. */
  | 'extensions'
  /** An Add comes with its link's pre-shared key, announced by the committer in the same entry. */
  | 'psk'
  | 'room-size'
  /** Only owners and admins speak for the room. */
  | 'notice'
  /** A name that cannot be shown. */
  | 'name'
  /** A kind of content that does not stand alone in an entry, or not with this counter. */
  | 'content-kind';

/** What a commit is judged by: the room before it. */
export interface RuledRoom {
  readonly members: readonly RoomMember[];
  readonly policy: RoomPolicy;
  readonly info: Pick<GroupView, 'extensions'>;
}

/** Whether this role may let people in, remove guests and members, rename, and speak for the room. */
export function mayModerate(role: Role): boolean {
  return role === 'owner' || role === 'admin';
}

/** Whether `actor` may remove `target`: owners anyone but the founder and themselves, admins members and guests. */
export function mayRemove(
  actor: RoomMember,
  target: RoomMember,
  policy: Pick<RoomPolicy, 'founderAccountKey'>,
): boolean {
  if (actor.deviceId === target.deviceId) return false;
  if (equalBytes(target.accountKey, policy.founderAccountKey)) return false;
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
  commit: Pick<CommitSummary, 'added' | 'removed' | 'updated' | 'groupExtensions' | 'pskIds'>,
): RuleName | undefined {
  const { added, removed, updated, groupExtensions, pskIds } = commit;
  if (updated.length > 0) return 'identity';
  if (added.length > 0 && !mayModerate(committer.role)) return 'add';
  if (added.some(leaf => !memberOfLeaf(env, room.policy, leaf).guest)) return 'guest-mark';
  if (pskIds.length !== (added.length > 0 ? 1 : 0)) return 'psk';
  const gone = removed.map(leaf => memberOfLeaf(env, room.policy, leaf));
  if (gone.some(target => !mayRemove(committer, target, room.policy))) return 'remove';
  if (room.members.length + added.length - removed.length > LIMITS.membersPerStream) return 'room-size';
  return groupExtensions === undefined ? undefined : brokenByExtensions(room, committer, groupExtensions);
}

/** The rule that stops this author from saying this; `undefined` when it may. */
export function brokenByContent(author: RoomMember, body: ContentBody): RuleName | undefined {
  if (body.type === 'roomNotice') return mayModerate(author.role) ? undefined : 'notice';
  return body.type === 'typing' || body.type === 'inviteSecrets' ? 'content-kind' : undefined;
}

function brokenByExtensions(
  room: RuledRoom,
  committer: RoomMember,
  after: readonly ExtensionView[],
): RuleName | undefined {
  if (!sameExtensions(others(room.info.extensions), others(after))) return 'extensions';
  const policy = readPolicy(after);
  if (policy === undefined) return 'extensions';
  return brokenByPolicy(room.policy, policy, committer);
}

/** The rule that a change of policy breaks. */
export function brokenByPolicy(before: RoomPolicy, after: RoomPolicy, by: RoomMember): RuleName | undefined {
  if (!equalBytes(before.founderAccountKey, after.founderAccountKey)) return 'founder';
  if (before.title !== after.title && !mayModerate(by.role)) return 'title';
  if (sameRoles(before, after)) return undefined;
  return by.role === 'owner' && soundRoles(after) ? undefined : 'roles';
}

function sameRoles(before: RoomPolicy, after: RoomPolicy): boolean {
  return (
    before.roles.length === after.roles.length &&
    before.roles.every(({ accountId, role }, place) => {
      const other = after.roles[place];
      return other?.accountId === accountId && other.role === role;
    })
  );
}

function soundRoles({ roles }: RoomPolicy): boolean {
  const accounts = new Set(roles.map(({ accountId }) => accountId));
  return accounts.size === roles.length && roles.every(({ role }) => role !== 'guest');
}

function readPolicy(extensions: readonly ExtensionView[]): RoomPolicy | undefined {
  try {
    return policyOf(extensions);
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

function others(extensions: readonly ExtensionView[]): readonly ExtensionView[] {
  return extensions.filter(({ type }) => type !== POLICY_EXTENSION);
}

function sameExtensions(before: readonly ExtensionView[], after: readonly ExtensionView[]): boolean {
  return (
    before.length === after.length &&
    before.every(({ type, data }, place) => {
      const other = after[place];
      return other?.type === type && equalBytes(other.data, data);
    })
  );
}
