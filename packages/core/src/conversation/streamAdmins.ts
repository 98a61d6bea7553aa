import type { DeviceId } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import { type Conversation, stateOf } from './conversation.ts';
import { mayModerate } from './rules.ts';
import { readGroup } from './state.ts';

/**
 * The devices that the relay is to take for the stream's admins once this device's pending commit is in force, or now
 * where there is none: those that the room's signed rules let change who is in it. In a group these are its owners and
 * admins, in a direct or self room all. What the relay makes of it decides only what it refuses by itself.
 */
export function streamAdmins(
  env: Pick<CoreEnv, 'provider'>,
  conversation: Conversation,
): readonly DeviceId[] {
  const { pending, seen: now } = stateOf(conversation);
  const { policy, members } = pending === undefined ? now : readGroup(env, pending.next);
  return members
    .filter(({ role, guest }) => !guest && (policy.kind !== 'group' || mayModerate(role)))
    .map(({ deviceId }) => deviceId);
}
