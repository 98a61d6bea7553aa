import { DeviceId } from '@sotto/protocol';
import { utf8 } from '../bytes.ts';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS } from '../labels.ts';
import { cleanName } from '../names.ts';
import { openSealed, seal } from '../sealed.ts';
import type { DeviceIdentity } from './identity.ts';

type Account = Pick<DeviceIdentity, 'accountPrivateKey'>;

const BUCKET_BYTES = 64;

/** Seals what a device is called: relay and other people see that it has a name, and no more. Throws `BAD_NAME`. */
export function sealDeviceName(env: CoreEnv, account: Account, deviceId: DeviceId, name: string): Uint8Array {
  const purpose = { ...purposeOf(env, account, deviceId), bucketBytes: BUCKET_BYTES };
  return seal(env, purpose, utf8(cleanName(name)));
}

/** What the devices of one's own account are called; those whose name cannot be read are left out. */
export function deviceNames(
  env: Pick<CoreEnv, 'provider'>,
  account: Account,
  list: { readonly devices: readonly { readonly deviceId: DeviceId; readonly sealedName: Uint8Array }[] },
): ReadonlyMap<DeviceId, string> {
  const names = new Map<DeviceId, string>();
  for (const { deviceId, sealedName } of list.devices) {
    const name = openName(env, account, deviceId, sealedName);
    if (name !== undefined) names.set(deviceId, name);
  }
  return names;
}

function openName(
  env: Pick<CoreEnv, 'provider'>,
  account: Account,
  deviceId: DeviceId,
  sealed: Uint8Array,
): string | undefined {
  try {
    return cleanName(new TextDecoder().decode(openSealed(env, purposeOf(env, account, deviceId), sealed)));
  } catch (error) {
    if (error instanceof CoreError) return undefined;
    throw error;
  }
}

function purposeOf(env: Pick<CoreEnv, 'provider'>, { accountPrivateKey }: Account, deviceId: DeviceId) {
  const prk = env.provider.hkdfExtract('SHA-256', utf8(LABELS.deviceName), accountPrivateKey);
  const key = env.provider.hkdfExpand('SHA-256', prk, utf8(LABELS.deviceName), 32);
  return { key, label: LABELS.deviceName, context: DeviceId.toBytes(deviceId) };
}
