import type { ExtensionView } from '@sotto/mls';
import type { AccountId, Role, RoomPolicy } from '@sotto/protocol';
import { equalBytes } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { accountIdOf } from '../identity/ids.ts';
import type { RoomMember } from './member.ts';
import { POLICY_EXTENSION, policyOf } from './policy.ts';
import type { RuledRoom, RuleName } from './rules.ts';

/** The rule that a commit breaks by the group extensions it sets. `after`: who is in the room then, with their old roles. */
export function brokenByExtensions(
  env: Pick<CoreEnv, 'provider'>,
  room: RuledRoom,
  committer: RoomMember,
  extensions: readonly ExtensionView[],
  after: readonly RoomMember[],
): RuleName | undefined {
  if (!sameExtensions(others(room.info.extensions), others(extensions))) return 'extensions';
  const policy = readPolicy(extensions);
  if (policy === undefined) return 'extensions';
  return brokenByPolicy(env, room.policy, policy, committer, after);
}

/** The rule that a change of policy breaks. */
export function brokenByPolicy(
  env: Pick<CoreEnv, 'provider'>,
  before: RoomPolicy,
  after: RoomPolicy,
  by: RoomMember,
  members: readonly RoomMember[],
): RuleName | undefined {
  const moderates = by.role === 'owner' || by.role === 'admin';
  if (!equalBytes(before.founderAccountKey, after.founderAccountKey)) return 'founder';
  if (before.kind !== after.kind || before.peerAccountId !== after.peerAccountId) return 'kind';
  if (before.kind !== 'group' && !samePolicy(before, after)) return 'kind';
  if (before.title !== after.title && !moderates) return 'title';
  if (!samePicture(before, after) && !moderates) return 'picture';
  if (before.announcements !== after.announcements && !moderates) return 'announcements';
  if (sameRoles(before, after)) return undefined;
  const founder = accountIdOf(env, after.founderAccountKey);
  const sound =
    soundRoles(founder, after, members) && (by.accountId === founder || sameRole(founder, before, after));
  return by.role === 'owner' && sound ? undefined : 'roles';
}

function samePolicy(before: RoomPolicy, after: RoomPolicy): boolean {
  const { title, announcements } = after;
  return (
    before.title === title &&
    before.announcements === announcements &&
    samePicture(before, after) &&
    sameRoles(before, after)
  );
}

export function samePicture({ picture: before }: RoomPolicy, { picture: after }: RoomPolicy): boolean {
  if (before === undefined || after === undefined) return before === after;
  return equalBytes(before, after);
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

/** Each account's role once, never "guest", and somebody in the room who owns it. */
function soundRoles(founder: AccountId, after: RoomPolicy, members: readonly RoomMember[]): boolean {
  const accounts = new Set(after.roles.map(({ accountId }) => accountId));
  if (accounts.size < after.roles.length || after.roles.some(({ role }) => role === 'guest')) return false;
  return members.some(({ guest, accountId }) => !guest && grantedRole(founder, after, accountId) === 'owner');
}

function sameRole(accountId: AccountId, before: RoomPolicy, after: RoomPolicy): boolean {
  return grantedRole(accountId, before, accountId) === grantedRole(accountId, after, accountId);
}

/** As `memberOfLeaf` says, but of accounts that may not be in the room. */
function grantedRole(founder: AccountId, policy: RoomPolicy, accountId: AccountId): Role {
  const granted = policy.roles.find(grant => grant.accountId === accountId)?.role;
  return granted ?? (accountId === founder ? 'owner' : 'member');
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
