import type { CoreEnv } from '../env.ts';
import { firstDeviceList, listDevice, type VerifiedDeviceList } from './deviceList.ts';
import { createDevice, createIdentity, type DeviceIdentity } from './identity.ts';

/** An account with its devices, all listed. */
export interface Person {
  readonly devices: readonly [DeviceIdentity, ...DeviceIdentity[]];
  readonly list: VerifiedDeviceList;
}

export function personWith(env: CoreEnv, deviceCount = 1): Person {
  const first = createIdentity(env, { kind: 'member' });
  const more = Array.from({ length: deviceCount - 1 }, () => createDevice(env, first.accountPrivateKey));
  const list = more.reduce(
    (before, { certificate }, at) =>
      listDevice(env, first, before, { certificate, name: `Device ${at + 2}` }),
    firstDeviceList(env, first, 'Device 1'),
  );
  return { devices: [first, ...more], list };
}
