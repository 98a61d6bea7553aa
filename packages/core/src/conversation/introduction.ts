import { DeviceId, type Introduction, StreamId } from '@sotto/protocol';
import { concatBytes } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { LABELS, signLabelled, verifyLabelled } from '../labels.ts';
import { type Conversation, conversationView } from './conversation.ts';

/**
 * What a guest says in a room when it goes on as an account: its device says it, and the account's key signs that this
 * guest of this room is it. Whoever may add people then adds the account's devices and removes the guest.
 */
export function introductionBody(
  env: Pick<CoreEnv, 'provider'>,
  conversation: Conversation,
  account: Pick<DeviceIdentity, 'accountKey' | 'accountPrivateKey'>,
  handle: string,
): { readonly type: 'introduction' } & Introduction {
  const { streamId, self } = conversationView(conversation);
  const signed = roomAndGuest(streamId, self.deviceId);
  return {
    type: 'introduction',
    accountKey: account.accountKey,
    handle,
    signature: signLabelled(env.provider, account.accountPrivateKey, LABELS.introduction, signed),
  };
}

/** Whether the account itself says that it is this guest. */
export function isIntroduced(
  env: Pick<CoreEnv, 'provider'>,
  streamId: StreamId,
  guest: DeviceId,
  { accountKey, signature }: Introduction,
): boolean {
  const signed = roomAndGuest(streamId, guest);
  return verifyLabelled(env.provider, accountKey, LABELS.introduction, signed, signature);
}

function roomAndGuest(streamId: StreamId, guest: DeviceId): Uint8Array {
  return concatBytes(StreamId.toBytes(streamId), DeviceId.toBytes(guest));
}
