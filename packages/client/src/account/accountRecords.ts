import type { DeviceId, Handle } from '@sotto/protocol';

/** This device's account, as the relay has it, and what this device has seen of it. */
export interface AccountRecord {
  readonly handle: Handle;
  /** The newest list seen: none with a lower counter is ever taken. */
  readonly signedDeviceList: Uint8Array;
  /** False where nobody was shown a recovery code by this device's doing. */
  readonly recoveryCodeMade: boolean;
  /** Newest last. What they were called goes from the list with them. */
  readonly revoked: readonly RevokedRecord[];
  /** On which day since 1970, by UTC, each of the devices said last that it was used. */
  readonly usedOn?: readonly { readonly deviceId: DeviceId; readonly day: number }[];
  /** The relay says that there is no such account any more. */
  readonly gone?: boolean;
}

export interface RevokedRecord {
  readonly deviceId: DeviceId;
  readonly name: string;
  readonly createdAtMs: number;
}

/** An account whose registration may have reached the relay: sent again until the answer is known. */
export interface RegisteringRecord {
  readonly identity: Uint8Array;
  readonly handle: Handle;
  readonly registration: Uint8Array;
  readonly signature: Uint8Array;
  readonly signedDeviceList: Uint8Array;
}

/** A device that an account may list already, and that nothing here uses before that is known. */
export interface EnteringRecord {
  readonly identity: Uint8Array;
  readonly handle: Handle;
  readonly signedDeviceList: Uint8Array;
  readonly ticket: Uint8Array;
}

/** A KeyPackage of this device. Stored before it leaves; gone in the transaction that joins with it. */
export interface KeyPackageRecord {
  readonly keyPackage: Uint8Array;
  readonly privateState: Uint8Array;
  readonly lastResort: boolean;
  readonly expiresAtMs: number;
  /** The relay has it. */
  readonly published: boolean;
  /** Of a last resort: another has taken its place since then. Welcomes that were made before may still come. */
  readonly replacedAtMs?: number;
}
