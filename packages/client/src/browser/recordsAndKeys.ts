import type { KeySlots, VaultStore } from '@sotto/vault';
import type { DeviceStorage } from '../lock/lockingDevice.ts';

export interface RecordsAndKeys {
  readonly slots: () => Promise<KeySlots>;
  /** `mustExist`: a store that is not there is not made; throws `STORAGE_LOST`. */
  readonly store: (mustExist: boolean) => Promise<VaultStore>;
  /** Where the records are gone and keys to them are left, another store begins. */
  readonly mayBeginAnew: boolean;
}

/**
 * Opens what a device keeps. Keys come first: where there are any, there were records, and a browser that took those
 * away (evicted, cleared in part) is noticed, instead of showing an empty device as if nothing had been there.
 *
 * Throws what the two throw; then neither stays open.
 */
export async function openRecordsAndKeys({
  slots: openSlots,
  store: openStore,
  mayBeginAnew,
}: RecordsAndKeys): Promise<DeviceStorage> {
  const slots = await openSlots();
  try {
    return { slots, store: await openStore(!mayBeginAnew && (await holdsSomething(slots))) };
  } catch (error) {
    await slots.close();
    throw error;
  }
}

/** Slots that nobody has written are zeros. */
async function holdsSomething(slots: KeySlots): Promise<boolean> {
  const bytes = await slots.readAll();
  const found = bytes.some(byte => byte !== 0);
  // An open lock has the root key in clear.
  bytes.fill(0);
  return found;
}
