import { join, MlsError } from '@sotto/mls';
import type { StreamId } from '@sotto/protocol';
import type { CoreEnv, StateWrite } from '../env.ts';
import { CoreError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { mlsEnvOf } from '../mlsEnv.ts';
import type { Conversation } from './conversation.ts';
import {
  type Continued,
  enteredRoom,
  refusalOf,
  type WelcomeForUs,
  welcomeRequest,
} from './joinFromWelcome.ts';
import type { RoomMember } from './member.ts';
import { isOfRoom, mayModerate, type RuleName } from './rules.ts';
import { type GroupReading, readGroup } from './state.ts';

/**
 * Enters a room that somebody has added this device to, by one of its key packages. Who that was, `addedBy`, is what
 * its person judges by: a stranger's room is a request, and nothing goes back into it before it was accepted.
 *
 * `holds`: whether this device is in a room of that stream and not out of step there: nobody can put another room in
 * its place. Throws `NOT_ALLOWED` (`add`, `accounts`) where the rules of the room did not allow adding, `IMPOSTOR`,
 * `ALREADY_MEMBER`, `UNSUPPORTED`, `MALFORMED`. `continues`: what a device that fell out has of the room, where it
 * has anything; it goes on counting its messages, and those of the others, where it was. Delete the key package's private state (not a last resort's) in the
 * transaction that stores `writes`.
 */
export function joinAdded(
  env: CoreEnv,
  options: Omit<WelcomeForUs, 'keys'> & {
    readonly identity: DeviceIdentity;
    /** The group's ratchet tree, where `treeOfWelcome` says that it is a blob. */
    readonly tree?: Uint8Array | undefined;
    readonly holds: (streamId: StreamId) => boolean;
    readonly continues?: (streamId: StreamId) => Continued | undefined;
  },
): {
  readonly conversation: Conversation;
  readonly writes: readonly StateWrite[];
  readonly addedBy: RoomMember;
} {
  const { group, seen, addedBy } = joined(env, options);
  if (seen.self.deviceId !== options.identity.deviceId)
    throw new CoreError('MALFORMED', 'not a Welcome for this device');
  if (options.holds(seen.streamId)) {
    const { deviceId } = seen.self;
    throw new CoreError('ALREADY_MEMBER', 'this device is in that room', { deviceId });
  }
  const rule = brokenByAdding(seen, addedBy);
  if (rule !== undefined)
    throw new CoreError('NOT_ALLOWED', `the room’s rules do not allow it: ${rule}`, { rule });
  return { ...enteredRoom(env, group, seen, options.continues?.(seen.streamId)), addedBy };
}

function joined(
  env: CoreEnv,
  { knock, welcome, tree }: Omit<WelcomeForUs, 'keys'> & { readonly tree?: Uint8Array | undefined },
) {
  try {
    const { group, signerLeafIndex } = join(mlsEnvOf(env), {
      ...welcomeRequest({ knock, welcome }),
      ...(tree && { ratchetTree: tree }),
      pastEpochs: 0,
    });
    const seen = readGroup(env, group);
    const addedBy = seen.byLeaf.get(signerLeafIndex);
    if (addedBy === undefined) throw new CoreError('MALFORMED', 'nobody of the room signed the Welcome');
    return { group, seen, addedBy };
  } catch (error) {
    if (error instanceof MlsError) throw refusalOf(error);
    throw error;
  }
}

/** The rule that whoever adds this device broke, as everyone in the room would judge it. */
function brokenByAdding({ policy, members, self }: GroupReading, by: RoomMember): RuleName | undefined {
  if (by.guest) return 'add';
  if (!members.every(member => isOfRoom(policy, member))) return 'accounts';
  if (policy.kind !== 'group' || by.accountId === self.accountId) return undefined;
  return mayModerate(by.role) ? undefined : 'add';
}
