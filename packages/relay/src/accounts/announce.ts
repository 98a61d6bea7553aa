import type { AccountId, DeviceId } from '@sotto/protocol';
import type { DeviceListChange, KeyPackageClaim } from '../directory.ts';
import type { RelayContext } from '../session/context.ts';

/** With fewer than this left, a device is told to publish more. */
const FEW_KEY_PACKAGES = 25;
/** Beyond that, others hear of a list when they look. */
const MOST_TOLD = 2_000;

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

/**
 * Shows the account's devices their list again, and whoever is in a conversation with one of them: a device can be
 * added from now on, and the account may have no other left that would do it.
 */
export async function announceSupply(
  { bus, directory, store }: Pick<RelayContext, 'bus' | 'directory' | 'store'>,
  accountId: AccountId,
): Promise<void> {
  const account = await directory.account(accountId);
  if (account === undefined) return;
  const { signed, deviceIds } = account.deviceList;
  bus.publish({ type: 'deviceListChanged', accountId, deviceIds, signedDeviceList: signed });
  const others = await devicesBeside(store, deviceIds);
  if (others.length > 0)
    bus.publish({ type: 'peersListChanged', deviceIds: others, signedDeviceList: signed });
}

/** Those in a conversation with one of these devices: the first so many. */
async function devicesBeside(
  store: RelayContext['store'],
  deviceIds: readonly DeviceId[],
): Promise<readonly DeviceId[]> {
  const statuses = await Promise.all(deviceIds.map(deviceId => store.statuses(deviceId)));
  const streams = statuses.flat().filter(({ kind, endsAtSeq }) => kind === 'conversation' && endsAtSeq === 0);
  const beside = new Set<DeviceId>();
  for (const streamId of new Set(streams.map(stream => stream.streamId))) {
    if (beside.size > MOST_TOLD) break;
    for (const deviceId of await store.subscribers(streamId)) beside.add(deviceId);
  }
  for (const deviceId of deviceIds) beside.delete(deviceId);
  return [...beside].slice(0, MOST_TOLD);
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
