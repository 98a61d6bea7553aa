import { createHash } from 'node:crypto';
import { AccountId, DeviceId, StreamId } from '@sotto/protocol';

/** First `sizeBytes` bytes of SHA-256(`label` ‖ 0 ‖ `bytes`). */
function labelledHash(label: string, bytes: Uint8Array, sizeBytes: number): Uint8Array {
  const digest = createHash('sha256').update(label).update('\0').update(bytes).digest();
  return new Uint8Array(digest.subarray(0, sizeBytes));
}

/** The id of the account that has this Ed25519 public key (32 bytes). */
export function accountIdOf(accountKey: Uint8Array): AccountId {
  return AccountId.fromBytes(labelledHash('sotto/account-id-v1', accountKey, AccountId.sizeBytes));
}

/** The id of the device that has this Ed25519 public key (32 bytes). */
export function deviceIdOf(deviceKey: Uint8Array): DeviceId {
  return DeviceId.fromBytes(labelledHash('sotto/device-id-v1', deviceKey, DeviceId.sizeBytes));
}

/** The stream that carries Welcomes, join requests and answers to a device. */
export function inboxIdOf(deviceId: DeviceId): StreamId {
  return StreamId.fromBytes(labelledHash('sotto/inbox-v1', DeviceId.toBytes(deviceId), StreamId.sizeBytes));
}
