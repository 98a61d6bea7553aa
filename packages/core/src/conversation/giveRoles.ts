import type { AccountId, RoleGrant } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import { type BegunCommit, changePolicy, notAllowed } from './beginCommit.ts';
import { type Conversation, stateOf } from './conversation.ts';

/**
 * Gives accounts another role (owner): promote, demote, hand over. Whoever founded the room keeps the role of an owner
 * until it gives it up itself, and an owner is always there. Throws as `changePolicy`.
 */
export function giveRoles(
  env: CoreEnv,
  conversation: Conversation,
  grants: readonly RoleGrant[],
): BegunCommit {
  const { policy, founderAccountId, members } = stateOf(conversation).seen;
  const roles = new Map(policy.roles.map(({ accountId, role }) => [accountId, role]));
  for (const { accountId, role } of grants) {
    if (members.some(member => member.accountId === accountId && member.guest)) throw notAllowed('roles');
    if (role === usualRole(founderAccountId, accountId)) roles.delete(accountId);
    else roles.set(accountId, role);
  }
  const changed = [...roles].map(([accountId, role]) => ({ accountId, role }));
  return changePolicy(env, conversation, { roles: changed });
}

/** The role of an account for which the policy says nothing. */
function usualRole(founder: AccountId, accountId: AccountId): RoleGrant['role'] {
  return accountId === founder ? 'owner' : 'member';
}
