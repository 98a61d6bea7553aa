import type { AccountId, DeviceId, Handle } from '@sotto/protocol';
import type { AccountDevice, AccountRecord, DirectoryCounts, SignInFacts } from '../directory.ts';
import type { PasskeyTables } from './passkeyTables.ts';
import type { SealedTables } from './sealedTables.ts';

export interface AccountRow extends Omit<AccountRecord, 'deviceList'> {
  readonly skeleton: string;
  readonly listCounter: number;
  /** An encoded `SignedDeviceList`. */
  readonly signedDeviceList: Uint8Array;
}

export interface KeyPackageRow extends AccountDevice {
  /** SHA-256, in hex. */
  readonly hash: string;
  readonly keyPackage: Uint8Array;
  readonly publishedAtMs: number;
}

/** Rows of the directory, synchronous and inside a transaction that their owner keeps. */
export interface DirectoryTables {
  readonly sealed: SealedTables;
  readonly passkeys: PasskeyTables;

  account(accountId: AccountId): AccountRow | undefined;
  accountByHandle(handle: Handle): AccountRow | undefined;
  signInFacts(handle: Handle): SignInFacts | undefined;
  accountBySkeleton(skeleton: string): AccountRow | undefined;
  putAccount(row: AccountRow): void;
  /** With its devices and their KeyPackages. */
  deleteAccount(row: AccountRow): void;

  /** In the order of the list. */
  listedIds(accountId: AccountId): readonly DeviceId[];
  revokedIds(accountId: AccountId): readonly DeviceId[];
  isListed(device: AccountDevice): boolean;
  isRevoked(device: AccountDevice): boolean;
  /** In the place of those before. */
  putListed(accountId: AccountId, deviceIds: readonly DeviceId[]): void;
  putRevoked(accountId: AccountId, deviceIds: readonly DeviceId[]): void;

  /** Whether the holder of the device's key has shown, by a session, that it is a device of the account. */
  isProven(device: AccountDevice): boolean;
  putProven(device: AccountDevice): void;

  /** Until when nobody gets a handle with this skeleton; 0 for free. */
  keptUntilMs(skeleton: string): number;
  keepHandle(skeleton: string, untilMs: number): void;
  deleteKeptUntil(nowMs: number): void;

  /** Whether it was published before, claimed or not. */
  knowsKeyPackage(device: AccountDevice, hash: string): boolean;
  insertKeyPackage(row: KeyPackageRow): void;
  /** The unclaimed one that was published first; it is not unclaimed any more. */
  takeKeyPackage(device: AccountDevice): Uint8Array | undefined;
  countKeyPackages(device: AccountDevice): number;
  /** Those that nobody has claimed. */
  dropUnclaimed(device: AccountDevice): void;
  lastResort(device: AccountDevice): Uint8Array | undefined;
  putLastResort(device: AccountDevice, keyPackage: Uint8Array): void;
  deleteKeyPackagesOf(device: AccountDevice): void;
  deleteKeyPackagesBefore(publishedBeforeMs: number): void;

  /** Hashes in hex. `undefined` when there is none. */
  invitationExpiresAtMs(codeHash: string): number | undefined;
  putInvitation(codeHash: string, expiresAtMs: number): void;
  deleteInvitation(codeHash: string): void;
  deleteInvitationsUntil(nowMs: number): void;
  countInvitations(): number;

  counts(): DirectoryCounts;
}
