import type { DeviceId } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import type { VerifiedDeviceList } from '../identity/deviceList.ts';
import type { VerifiedKeyPackage } from '../identity/keyPackages.ts';
import { assertRoomFor, type BegunCommit, begin, memberWith, notAllowed, readyState } from './beginCommit.ts';
import { type Conversation, stateOf } from './conversation.ts';
import type { RoomMember } from './member.ts';
import { isOfRoom, isRevoked, mayModerate, mayRemove } from './rules.ts';

/**
 * Adds devices that their accounts list: other people's by owners and admins, one's own by everyone with an account,
 * in a direct room those of the two by either. With `replaces`, devices that fell out are taken out in the same
 * commit and come in again.
 *
 * Throws `NOT_ALLOWED`, `COMMIT_PENDING`, `ALREADY_MEMBER`, `BAD_KEY_PACKAGE`, `ROOM_FULL`, `TOO_LARGE`
 * (too many at once), `REMOVED`.
 */
export function addDevices(
  env: CoreEnv,
  conversation: Conversation,
  keyPackages: readonly VerifiedKeyPackage[],
  options: { readonly replaces?: readonly DeviceId[] } = {},
): BegunCommit {
  const state = readyState(conversation);
  const { self, policy } = state.seen;
  const replaced = (options.replaces ?? []).map(deviceId => memberWith(state, deviceId));
  if (keyPackages.length === 0) throw notAllowed('add');
  assertRoomFor(state, keyPackages, replaced);
  const comesBack = new Set(keyPackages.map(({ deviceId }) => deviceId));
  if (replaced.some(target => !comesBack.has(target.deviceId) && !mayRemove(self, target, policy)))
    throw notAllowed('remove');
  for (const { accountId, accountKey } of keyPackages) {
    if (self.guest) throw notAllowed('add');
    if (!isOfRoom(policy, { accountId, accountKey, guest: false })) throw notAllowed('accounts');
    if (policy.kind === 'group' && !mayModerate(self.role) && accountId !== self.accountId)
      throw notAllowed('add');
  }
  return begin(env, state, {
    kind: 'add',
    request: {
      adds: keyPackages.map(({ keyPackage }) => keyPackage),
      removes: replaced.map(({ leafIndex }) => leafIndex),
    },
    admitted: keyPackages.map(({ deviceId }) => ({ deviceId, inviteToken: undefined })),
    removed: replaced.map(({ deviceId }) => deviceId),
  });
}

/**
 * Takes out devices that their accounts have revoked, with the lists that say so in the same entry, for everyone to
 * check: any member with an account may. Throws `NOT_ALLOWED` (`remove`, also where none of the lists revokes anyone
 * here), `COMMIT_PENDING`, `REMOVED`.
 */
export function removeRevoked(
  env: CoreEnv,
  conversation: Conversation,
  lists: readonly VerifiedDeviceList[],
): BegunCommit {
  const state = readyState(conversation);
  const { self } = state.seen;
  const targets = revokedMembers(conversation, lists).filter(target => isRevoked(self, target, lists));
  if (targets.length === 0) throw notAllowed('remove');
  const used = lists.filter(list => targets.some(({ accountId }) => accountId === list.accountId));
  return begin(env, state, {
    kind: 'remove',
    request: { removes: targets.map(({ leafIndex }) => leafIndex) },
    announce: used.map(({ signed }) => ({ type: 'deviceList', signedDeviceList: signed })),
    removed: targets.map(({ deviceId }) => deviceId),
  });
}

/** Members whose own accounts have revoked them: nothing is to be sent into the room before they are out of it. */
export function revokedMembers(
  conversation: Conversation,
  lists: readonly VerifiedDeviceList[],
): readonly RoomMember[] {
  return stateOf(conversation).seen.members.filter(({ accountId, deviceId }) =>
    lists.some(list => list.accountId === accountId && list.revokedDeviceIds.includes(deviceId)),
  );
}
