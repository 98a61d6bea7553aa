import type { Handle } from './handle.ts';
import { AccountId, DeviceId, InvitationCode } from './ids.ts';
import { LIMITS } from './limits.ts';
import { OPAQUE_BYTES } from './opaqueMessages.ts';
import type { Passkey } from './passkey.ts';
import { bool, bytes, exactBytes, handle, id, list, nested, someBytes, uint32 } from './wire/field.ts';
import { type BodyAlternatives, message } from './wire/message.ts';

/** What a device asks about accounts. Meanings: frames.proto. */
export type AccountRequest =
  /** By a listed device, or on the host's own computer. Answered with `accounts`, or `ACCOUNT_UNKNOWN`. */
  | { readonly type: 'lookUpHandle'; readonly handle: Handle }
  /** Answered with `accounts`: of those that are registered, in the order asked for. */
  | { readonly type: 'lookUpAccounts'; readonly accountIds: readonly AccountId[] }
  /** An encoded `SignedDeviceList` with a higher counter. */
  | { readonly type: 'putDeviceList'; readonly signedDeviceList: Uint8Array }
  | ({ readonly type: 'publishKeyPackages' } & PublishKeyPackages)
  /** Answered with `keyPackageCount`. */
  | { readonly type: 'countKeyPackages' }
  /** One for each device of the account. Answered with `claimedKeyPackages`, or `ACCOUNT_UNKNOWN`. */
  | { readonly type: 'claimKeyPackages'; readonly accountId: AccountId }
  /** OPAQUE's RegistrationRequest for the new password, 32 bytes. Answered with `passwordChangeStarted`. */
  | { readonly type: 'startPasswordChange'; readonly registrationRequest: Uint8Array }
  /** OPAQUE's RegistrationRecord, 192 bytes, and the account's keys under the new password's key: both or none. */
  | {
      readonly type: 'finishPasswordChange';
      readonly registrationRecord: Uint8Array;
      readonly sealedBundle: Uint8Array;
      /** Whether the account's passkeys go with the old password. */
      readonly removePasskeys: boolean;
    }
  /** For a new recovery code; `recoveryProofHash`: SHA-256, 32 bytes. */
  | {
      readonly type: 'replaceRecovery';
      readonly sealedBundle: Uint8Array;
      readonly recoveryProofHash: Uint8Array;
    }
  /** Ed25519 by the account key over `deleteAccountInput(origin, nonce)` with this connection's nonce; 64 bytes. */
  | { readonly type: 'deleteAccount'; readonly signature: Uint8Array }
  | ({ readonly type: 'addPasskey' } & AddPasskey)
  /** Answered with `passkeys`. */
  | { readonly type: 'listPasskeys' }
  /** Ed25519 by the account key over `removePasskeyInput`; 64 bytes. Again changes nothing. */
  | { readonly type: 'removePasskey'; readonly signInKey: Uint8Array; readonly signature: Uint8Array }
  /** On the host's own computer only. Answered with `invitationCreated`. */
  | { readonly type: 'createInvitation' };

export interface PublishKeyPackages {
  readonly keyPackages: readonly Uint8Array[];
  /** Takes the place of the one before; empty keeps it. */
  readonly lastResort: Uint8Array;
  /** Whether those that nobody has claimed go first, because they end soon. */
  readonly replace: boolean;
}

/** Ten for an account: `TOO_LARGE` beyond. `CONFLICT` when the key is another account's. */
export interface AddPasskey {
  /** An encoded `Passkey`: exactly the bytes that were signed. */
  readonly passkey: Uint8Array;
  /** Ed25519 by the account key over `addPasskeyInput(origin, nonce, passkey)`; 64 bytes. */
  readonly accountSignature: Uint8Array;
  /** The same by the key that is added. */
  readonly keySignature: Uint8Array;
}

/** A passkey as the account's own devices are shown it. */
export type ListedPasskey = Omit<Passkey, 'sealedBundle'>;

/** What a relay tells about accounts. */
export type AccountAnswer =
  | { readonly type: 'accounts'; readonly accounts: readonly Account[] }
  /** Also pushed, when few are left. `count`: those that nobody has claimed. */
  | { readonly type: 'keyPackageCount'; readonly count: number; readonly lastResort: boolean }
  /** Devices that have none are left out. */
  | { readonly type: 'claimedKeyPackages'; readonly keyPackages: readonly ClaimedKeyPackage[] }
  /** OPAQUE's RegistrationResponse; 64 bytes. */
  | { readonly type: 'passwordChangeStarted'; readonly registrationResponse: Uint8Array }
  | { readonly type: 'invitationCreated'; readonly code: InvitationCode }
  /** Pushed to the other devices of the account. */
  | { readonly type: 'deviceListChanged'; readonly signedDeviceList: Uint8Array }
  /** The oldest first. */
  | { readonly type: 'passkeys'; readonly passkeys: readonly ListedPasskey[] };

/** The relay's word: that the key is behind the AccountId asked for, and the list signed by it, is for the client to check. */
export interface Account {
  /** Ed25519, 32 bytes. */
  readonly accountKey: Uint8Array;
  readonly handle: Handle;
  /** An encoded `SignedDeviceList`. */
  readonly signedDeviceList: Uint8Array;
}

export interface ClaimedKeyPackage {
  readonly deviceId: DeviceId;
  readonly keyPackage: Uint8Array;
  /** It may have been given to others as well. */
  readonly lastResort: boolean;
}

const signedDeviceList = someBytes(1, LIMITS.signedDeviceListBytes);

const account = message<Account>({
  accountKey: exactBytes(1, 32),
  handle: handle(2),
  signedDeviceList: someBytes(3, LIMITS.signedDeviceListBytes),
});

const claimedKeyPackage = message<ClaimedKeyPackage>({
  deviceId: id(1, DeviceId),
  keyPackage: someBytes(2, LIMITS.publishedKeyPackageBytes),
  lastResort: bool(3),
});

const listedPasskey = message<ListedPasskey>({
  signInKey: exactBytes(1, 32),
  sealedAbout: someBytes(2, LIMITS.passkeyAboutBytes),
});

export const accountRequests: BodyAlternatives<AccountRequest> = {
  lookUpHandle: [20, message({ handle: handle(1) })],
  lookUpAccounts: [21, message({ accountIds: list(id(1, AccountId), LIMITS.accountsPerLookUp) })],
  putDeviceList: [22, message({ signedDeviceList })],
  publishKeyPackages: [
    23,
    message<PublishKeyPackages>({
      keyPackages: list(someBytes(1, LIMITS.publishedKeyPackageBytes), LIMITS.keyPackagesPerDevice),
      lastResort: bytes(2, LIMITS.publishedKeyPackageBytes),
      replace: bool(3),
    }),
  ],
  countKeyPackages: [24, message<object>({})],
  claimKeyPackages: [25, message({ accountId: id(1, AccountId) })],
  startPasswordChange: [
    26,
    message({ registrationRequest: exactBytes(1, OPAQUE_BYTES.registrationRequest) }),
  ],
  finishPasswordChange: [
    27,
    message({
      registrationRecord: exactBytes(1, OPAQUE_BYTES.registrationRecord),
      sealedBundle: someBytes(2, LIMITS.sealedBundleBytes),
      removePasskeys: bool(3),
    }),
  ],
  replaceRecovery: [
    28,
    message({
      sealedBundle: someBytes(1, LIMITS.sealedBundleBytes),
      recoveryProofHash: exactBytes(2, 32),
    }),
  ],
  deleteAccount: [29, message({ signature: exactBytes(1, 64) })],
  createInvitation: [30, message<object>({})],
  addPasskey: [
    31,
    message<AddPasskey>({
      passkey: someBytes(1, LIMITS.passkeyBytes),
      accountSignature: exactBytes(2, 64),
      keySignature: exactBytes(3, 64),
    }),
  ],
  listPasskeys: [32, message<object>({})],
  removePasskey: [33, message({ signInKey: exactBytes(1, 32), signature: exactBytes(2, 64) })],
};

export const accountAnswers: BodyAlternatives<AccountAnswer> = {
  accounts: [20, message({ accounts: list(nested(1, account), LIMITS.accountsPerLookUp) })],
  keyPackageCount: [21, message({ count: uint32(1), lastResort: bool(2) })],
  claimedKeyPackages: [
    22,
    message({ keyPackages: list(nested(1, claimedKeyPackage), LIMITS.devicesPerAccount) }),
  ],
  passwordChangeStarted: [
    23,
    message({ registrationResponse: exactBytes(1, OPAQUE_BYTES.registrationResponse) }),
  ],
  invitationCreated: [24, message({ code: id(1, InvitationCode) })],
  deviceListChanged: [25, message({ signedDeviceList })],
  passkeys: [26, message({ passkeys: list(nested(1, listedPasskey), LIMITS.passkeysPerAccount) })],
};
