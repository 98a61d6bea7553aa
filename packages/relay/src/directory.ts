import type {
  AccountId,
  DeviceId,
  Handle,
  Passkey,
  PublishKeyPackages,
  PutSealedSource,
  SealedSource,
  SourceId,
} from '@sotto/protocol';

/** All that is kept of an account. Nothing in it opens a conversation; the sealed parts open nothing here. */
export interface AccountRecord {
  readonly accountId: AccountId;
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
  readonly handle: Handle;
  /** OPAQUE's RegistrationRecord, 192 bytes. */
  readonly registrationRecord: Uint8Array;
  /** The account's keys under a key from the password. */
  readonly sealedBundle: Uint8Array;
  readonly recovery: RecoveryRecord;
  readonly deviceList: StoredDeviceList;
}

export interface RecoveryRecord {
  /** The account's keys under a key from the recovery code. */
  readonly sealedBundle: Uint8Array;
  /** SHA-256 of the recovery proof, 32 bytes. */
  readonly proofHash: Uint8Array;
}

/** A list whose signature and certificates have been checked. */
export interface StoredDeviceList {
  readonly counter: number;
  readonly deviceIds: readonly DeviceId[];
  readonly revokedIds: readonly DeviceId[];
  /** An encoded `SignedDeviceList`. */
  readonly signed: Uint8Array;
}

/** A device as a member of an account. Another account may name the same device; it says nothing about this one. */
export interface AccountDevice {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
}

/** What tells whether somebody is who has the handle. */
export interface SignInFacts {
  readonly registrationRecord: Uint8Array;
  readonly recoveryProofHash: Uint8Array;
}

/** `unlisted`: the account is registered, and its list neither has the device nor ever had it. */
export type Standing = 'unregistered' | 'listed' | 'unlisted' | 'revoked';

export interface DeviceListChange {
  /** The devices of the new list. */
  readonly listedIds: readonly DeviceId[];
  /** Those that stand in it no more, or never did and are revoked. */
  readonly revokedIds: readonly DeviceId[];
}

export interface KeyPackageSupply {
  /** Those that nobody has claimed. */
  readonly count: number;
  readonly lastResort: boolean;
}

export interface KeyPackageClaim {
  readonly deviceId: DeviceId;
  readonly keyPackage: Uint8Array;
  readonly lastResort: boolean;
  /** What the device has left after this. */
  readonly supply: KeyPackageSupply;
}

/** Published keys whose signature has been checked, and the wrapped private ones that only their account's devices get. */
export interface StoredSealedKeys {
  readonly counter: number;
  /** Encoded `SignedSealedKeys`. */
  readonly signed: Uint8Array;
  readonly wrapped: Uint8Array;
}

/** Whoever has the token posts sealed messages to the account. */
export interface StoredSource extends SealedSource {
  readonly accountId: AccountId;
  /** SHA-256, 32 bytes. */
  readonly tokenHash: Uint8Array;
}

/** What signs in to an account. `Passkey` with whose it is. */
export interface StoredPasskey extends Passkey {
  readonly accountId: AccountId;
}

/** Where a passkey leads. */
export interface PasskeyAccount {
  readonly account: AccountRecord;
  /** The account's keys under the passkey's. */
  readonly sealedBundle: Uint8Array;
}

/** A new password. */
export interface PasswordChange extends Pick<AccountRecord, 'registrationRecord' | 'sealedBundle'> {
  /** Whether the account's passkeys go with the old password. */
  readonly removePasskeys: boolean;
}

export interface DirectoryCounts {
  readonly accounts: number;
  readonly keyPackages: number;
}

/** What a new account asks for before it sends everything. */
export interface RegistrationWish {
  readonly handle: Handle;
  readonly nowMs: number;
  /** SHA-256 of the invitation code, where one is needed. */
  readonly invitationHash?: Uint8Array | undefined;
}

/**
 * Who has an account here: handles, sign-in records, device lists, KeyPackages, invitations.
 *
 * As in `StreamStore`, every write is one transaction, durable when its promise resolves; a `Refusal` has changed
 * nothing. What is not registered is `ACCOUNT_UNKNOWN`. Every adapter passes `directoryContract`.
 */
export interface Directory {
  /** Throws what `register` would: `HANDLE_TAKEN`, `INVITATION_NEEDED`. Changes nothing. */
  checkRegistration(wish: RegistrationWish): Promise<void>;
  /** `HANDLE_TAKEN`, `INVITATION_NEEDED`, `CONFLICT` when the account has a handle. The same again changes nothing. */
  register(account: AccountRecord, wish: RegistrationWish): Promise<void>;
  account(accountId: AccountId): Promise<AccountRecord | undefined>;
  accountByHandle(handle: Handle): Promise<AccountRecord | undefined>;
  /** One look, about as long for a handle that nobody has: the rest is read when the person has shown who it is. */
  signInFacts(handle: Handle): Promise<SignInFacts | undefined>;
  standing(device: AccountDevice): Promise<Standing>;
  /**
   * By a session of this device with a certificate of the account: the holder of its key is the account's, where a list
   * proves only that the account says so. Of a device that is not listed nothing is kept.
   */
  prove(device: AccountDevice): Promise<void>;
  /** Those of these devices for which that was shown. */
  proven(accountId: AccountId, deviceIds: readonly DeviceId[]): Promise<readonly DeviceId[]>;
  /**
   * `DEVICE_LIST_OLD` unless the counter is higher, `DEVICE_REVOKED` when it names a device that was revoked before.
   * Devices that are gone from it are revoked, and their KeyPackages deleted. The same again changes nothing.
   */
  putDeviceList(accountId: AccountId, list: StoredDeviceList): Promise<DeviceListChange>;
  changePassword(accountId: AccountId, change: PasswordChange): Promise<void>;
  replaceRecovery(accountId: AccountId, recovery: RecoveryRecord): Promise<void>;
  /** Deletes all there is of it, and keeps its handle from others for a while. Gives the devices it had. */
  deleteAccount(accountId: AccountId, nowMs: number): Promise<readonly DeviceId[]>;

  /** By a listed device, else `FORBIDDEN`. `TOO_LARGE` beyond the cap. What was published before is passed over. */
  publishKeyPackages(
    device: AccountDevice,
    publish: PublishKeyPackages,
    nowMs: number,
  ): Promise<KeyPackageSupply>;
  keyPackageSupply(device: AccountDevice): Promise<KeyPackageSupply>;
  /** One for each listed device that has any, each given once but for the last resort. */
  claimKeyPackages(accountId: AccountId): Promise<readonly KeyPackageClaim[]>;

  /** Whether they are other ones. `SEALED_KEYS_OLD` unless the counter is higher; the same again changes nothing. */
  putSealedKeys(accountId: AccountId, keys: StoredSealedKeys): Promise<boolean>;
  sealedKeys(accountId: AccountId): Promise<StoredSealedKeys | undefined>;
  /** Makes a source, or changes one. `CONFLICT` when id or token are another's, `TOO_LARGE` beyond the cap. */
  putSource(accountId: AccountId, source: PutSealedSource, nowMs: number): Promise<void>;
  /** The oldest first. */
  sources(accountId: AccountId): Promise<readonly StoredSource[]>;
  sourceByToken(tokenHash: Uint8Array): Promise<StoredSource | undefined>;
  /** Again, or another's, changes nothing. */
  revokeSource(accountId: AccountId, sourceId: SourceId): Promise<void>;

  /** `CONFLICT` when the key is another account's, `TOO_LARGE` beyond the cap. One that is there is changed. */
  addPasskey(passkey: StoredPasskey): Promise<void>;
  /** In one look: what is removed meanwhile signs nobody in. */
  accountByPasskey(signInKey: Uint8Array): Promise<PasskeyAccount | undefined>;
  /** In the order they were added. */
  passkeys(accountId: AccountId): Promise<readonly StoredPasskey[]>;
  /** Again, or another's, changes nothing. */
  removePasskey(accountId: AccountId, signInKey: Uint8Array): Promise<void>;

  /** `codeHash`: SHA-256. `RATE_LIMITED` when too many are open. */
  addInvitation(invitation: { codeHash: Uint8Array; expiresAtMs: number; nowMs: number }): Promise<void>;

  counts(): Promise<DirectoryCounts>;
  /** Deletes what is past its time: KeyPackages, invitations, handles that were kept back. */
  sweepDirectory(nowMs: number): Promise<void>;
}
