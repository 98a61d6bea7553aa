import { createHash } from 'node:crypto';
import { DeviceId, StreamId } from '@sotto/protocol';

const ID_BYTES = 16;

/** First 16 bytes of SHA-256(`label` ‖ 0 ‖ `bytes`). */
function labelledHash(label: string, bytes: Uint8Array): Uint8Array {
  const digest = createHash('sha256').update(label).update('\0').update(bytes).digest();
  return new Uint8Array(digest.subarray(0, ID_BYTES));
}

/** The id of the device that has this Ed25519 public key (32 bytes). */
export function deviceIdOf(deviceKey: Uint8Array): DeviceId {
  return DeviceId.fromBytes(labelledHash('sotto/device-id-v1', deviceKey));
}

/** The stream that carries Welcomes, join requests and answers to a device. */
export function inboxIdOf(deviceId: DeviceId): StreamId {
  return StreamId.fromBytes(labelledHash('sotto/inbox-v1', DeviceId.toBytes(deviceId)));
}
