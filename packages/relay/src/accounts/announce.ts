import type { AccountId, DeviceId } from '@sotto/protocol';
import type { DeviceListChange, KeyPackageClaim } from '../directory.ts';
import type { RelayContext } from '../session/context.ts';

/** With fewer than this left, a device is told to publish more. */
const FEW_KEY_PACKAGES = 25;

/** Ends the sessions of devices that are no longer listed, and shows the list to those that are. */
export function announceDeviceList(
  { bus }: Pick<RelayContext, 'bus'>,
  accountId: AccountId,
  signedDeviceList: Uint8Array,
  { listedIds, revokedIds }: DeviceListChange,
): void {
  if (revokedIds.length > 0) {
    bus.publish({ type: 'devicesEnded', accountId, deviceIds: revokedIds, because: 'DEVICE_REVOKED' });
  }
  bus.publish({ type: 'deviceListChanged', accountId, deviceIds: listedIds, signedDeviceList });
}

/** Shows the account's devices their list again: one of them can be added to rooms from now on. */
export async function announceSupply(
  { bus, directory }: Pick<RelayContext, 'bus' | 'directory'>,
  accountId: AccountId,
): Promise<void> {
  const account = await directory.account(accountId);
  if (account === undefined) return;
  const { signed, deviceIds } = account.deviceList;
  bus.publish({ type: 'deviceListChanged', accountId, deviceIds, signedDeviceList: signed });
}

/** Tells devices of which little is left. */
export function announceClaims(
  { bus }: Pick<RelayContext, 'bus'>,
  accountId: AccountId,
  claims: readonly KeyPackageClaim[],
): void {
  for (const { deviceId, supply } of claims) {
    if (supply.count < FEW_KEY_PACKAGES) bus.publish({ type: 'keyPackagesLow', accountId, deviceId, supply });
  }
}

/** Ends the sessions of all devices of an account that is gone. */
export function announceDeletion(
  { bus }: Pick<RelayContext, 'bus'>,
  accountId: AccountId,
  deviceIds: readonly DeviceId[],
): void {
  bus.publish({ type: 'devicesEnded', accountId, deviceIds, because: 'ACCOUNT_DELETED' });
}
