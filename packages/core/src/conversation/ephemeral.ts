import type { ContentBody } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import type { Conversation } from './conversation.ts';
import type { RoomMember } from './member.ts';

/** What may travel without being stored. */
export type EphemeralBody = Extract<ContentBody, { readonly type: 'typing' }>;

/**
 * Encrypts a signal that is pushed to those online and never stored, under a key of the epoch with a random nonce:
 * no state moves, so that signals lost on the way do not wear out the message ratchets. Signed by the device.
 */
export function sealEphemeral(
  _env: CoreEnv,
  _conversation: Conversation,
  _identity: DeviceIdentity,
  _body: EphemeralBody,
): Uint8Array {
  throw new Error('not built yet');
}

/** The signal and who sent it, or `undefined` for anything that does not open now: signals are never waited for. */
export function openEphemeral(
  _env: CoreEnv,
  _conversation: Conversation,
  _payload: Uint8Array,
): { readonly author: RoomMember; readonly body: EphemeralBody; readonly sentAtMs: number } | undefined {
  throw new Error('not built yet');
}
