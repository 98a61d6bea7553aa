import { type AskAgain, encodeBundle, StreamId } from '@sotto/protocol';
import { concatBytes } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { LABELS, signLabelled, verifyLabelled } from '../labels.ts';
import type { RoomMember } from './member.ts';
import type { ConversationState } from './state.ts';

/**
 * What a device that fell out says in the clear, because it can encrypt nothing that the others could read: its person
 * asks for it to be added again. The payload of an entry of kind `message` at this epoch of the stream; at any other
 * nobody listens, so that the relay cannot say it again. It tells the relay which device is out, and nothing else.
 */
export function askAgain(
  env: Pick<CoreEnv, 'provider'>,
  identity: Pick<DeviceIdentity, 'deviceId' | 'devicePrivateKey'>,
  at: { readonly streamId: StreamId; readonly streamEpoch: number },
): Uint8Array {
  const { deviceId, devicePrivateKey } = identity;
  const signature = signLabelled(env.provider, devicePrivateKey, LABELS.askAgain, placeOf(at));
  return encodeBundle({ mlsMessages: [], askAgain: { deviceId, signature } });
}

/** The member whose device asks, here and now; `undefined` where nobody's key says so. */
export function memberAsking(
  env: Pick<CoreEnv, 'provider'>,
  { seen, room }: Pick<ConversationState, 'seen' | 'room'>,
  { deviceId, signature }: AskAgain,
): RoomMember | undefined {
  const member = seen.members.find(candidate => candidate.deviceId === deviceId);
  const leaf = seen.info.members.find(({ leafIndex }) => leafIndex === member?.leafIndex);
  if (leaf === undefined) return undefined;
  const place = placeOf({ streamId: seen.streamId, streamEpoch: room.streamEpoch });
  const genuine = verifyLabelled(env.provider, leaf.signatureKey, LABELS.askAgain, place, signature);
  return genuine ? member : undefined;
}

function placeOf({ streamId, streamEpoch }: { readonly streamId: StreamId; readonly streamEpoch: number }) {
  const epoch = new Uint8Array(8);
  new DataView(epoch.buffer).setBigUint64(0, BigInt(streamEpoch));
  return concatBytes(StreamId.toBytes(streamId), epoch);
}
