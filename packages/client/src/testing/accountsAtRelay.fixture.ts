import {
  type CoreEnv,
  createIdentity,
  type DeviceIdentity,
  firstDeviceList,
  makeKeyPackages,
} from '@sotto/core';
import { nodeProvider } from '@sotto/mls/node';
import { type AccountId, Handle } from '@sotto/protocol';
import type { World } from './world.fixture.ts';

/** Registered accounts with one device each, and a KeyPackage of it: nobody is ever there. */
export async function accountsAtRelay(
  world: World,
  count: number,
  prefix = 'crowd',
): Promise<readonly Absent[]> {
  const env: CoreEnv = {
    provider: nodeProvider,
    random: lengthBytes => world.random(lengthBytes),
    nowMs: () => world.clock.nowMs(),
  };
  const absent: Absent[] = [];
  for (let n = 0; n < count; n++) absent.push(await register(world, env, Handle.parse(`${prefix}${n}`)));
  return absent;
}

export interface Absent {
  readonly accountId: AccountId;
  readonly identity: DeviceIdentity;
}

/** Straight into the directory: no password, so nobody ever signs in. */
async function register(world: World, env: CoreEnv, handle: Handle): Promise<Absent> {
  const identity = createIdentity(env, { kind: 'member' });
  const { accountId, accountKey, deviceId } = identity;
  const { counter, signed } = firstDeviceList(env, identity, 'Device');
  const nowMs = world.clock.nowMs();
  await world.directory.register(
    {
      accountId,
      accountKey,
      handle,
      registrationRecord: new Uint8Array(192),
      sealedBundle: new Uint8Array(64),
      recovery: { sealedBundle: new Uint8Array(64), proofHash: new Uint8Array(32) },
      deviceList: { counter, deviceIds: [deviceId], revokedIds: [], signed },
    },
    { handle, nowMs },
  );
  const [made] = makeKeyPackages(env, identity, { count: 1, lastResort: false });
  await world.directory.publishKeyPackages(
    { accountId, deviceId },
    { keyPackages: [made!.keyPackage], lastResort: new Uint8Array(0), replace: false },
    nowMs,
  );
  return { accountId, identity };
}
