import { AccountId, DeviceId, StreamId } from '@sotto/protocol';
import type { VerifyingEnv } from '../env.ts';
import { LABELS, type Label, labelled } from '../labels.ts';

type Hashing = { readonly provider: Pick<VerifyingEnv['provider'], 'hash'> };

/** Self-certifying: the hash of the account's public key, so that nobody can swap the key behind an id. */
export function accountIdOf(env: Hashing, accountKey: Uint8Array): AccountId {
  return AccountId.fromBytes(hashed(env, LABELS.accountId, accountKey, AccountId.sizeBytes));
}

/** Self-certifying: the hash of the device's public key. */
export function deviceIdOf(env: Hashing, deviceKey: Uint8Array): DeviceId {
  return DeviceId.fromBytes(hashed(env, LABELS.deviceId, deviceKey, DeviceId.sizeBytes));
}

/** The stream that each device has at the relay for Welcomes, join requests and their answers. */
export function inboxStreamOf(env: Hashing, deviceId: DeviceId): StreamId {
  return StreamId.fromBytes(hashed(env, LABELS.inbox, DeviceId.toBytes(deviceId), StreamId.sizeBytes));
}

function hashed(env: Hashing, label: Label, input: Uint8Array, sizeBytes: number): Uint8Array {
  return env.provider.hash('SHA-256', labelled(label, input)).slice(0, sizeBytes);
}
