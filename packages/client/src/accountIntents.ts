import type { AccountId, DeviceId } from '@sotto/protocol';

/**
 * What a person does about their account and its devices. Each rejects with `ClientError` and then has changed nothing,
 * here and at the relay. All need the relay (`OFFLINE`) but `signOut` and `askRegistration`, which says nothing then.
 *
 * The password and the recovery code stay on this device: the relay sees OPAQUE's messages, and the hash of a proof.
 * Asking for OPAQUE the first time loads it (some 250 kB), and each password is stretched for about a second.
 */
export interface AccountIntents extends LinkIntents, HistoryIntents {
  /** Asks the relay who may register; the answer is in `EngineState.registration`. */
  askRegistration(): Promise<void>;
  /**
   * Registers this device's account under a handle; rooms stay as they are. A guest becomes a member, which its rooms
   * see. The recovery code is shown once and kept nowhere. Throws `HANDLE_INVALID`, `HANDLE_RESERVED`, `HANDLE_TAKEN`,
   * `WEAK_PASSWORD`, `REGISTRATION_CLOSED`, `INVITATION_NEEDED`, `HAS_ACCOUNT`, `RATE_LIMITED`.
   */
  createAccount(options: CreateAccountOptions): Promise<{ recoveryCode: string }>;
  /**
   * Makes this device one of the account's. Everything but `SIGN_IN_FAILED` says nothing about whether the handle
   * exists. Throws `DEVICE_IN_USE` where this device has rooms or an account, `TOO_MANY_DEVICES`, `RATE_LIMITED`.
   */
  signIn(options: SignInOptions): Promise<void>;
  /**
   * Signs in by the recovery code and sets a new password. Throws `MISTYPED_CODE` for what is no code, and as `signIn`,
   * `WEAK_PASSWORD`. Where it stops after signing in, the device is in with the old password still set (`OFFLINE`).
   */
  recover(options: RecoverOptions): Promise<void>;
  /**
   * Passkeys stay, unless they are to go with the old password. Throws `SIGN_IN_FAILED` for a wrong current one,
   * `WEAK_PASSWORD`, `RATE_LIMITED`, `NO_ACCOUNT`.
   */
  changePassword(
    current: string,
    next: string,
    options?: { readonly removePasskeys: boolean },
  ): Promise<void>;
  /** A new recovery code for the account; the one before opens nothing any more. Not to be mixed up with the lock's. */
  makeAccountRecoveryCode(): Promise<{ recoveryCode: string }>;
  /**
   * Frees the account at the relay and signs out its other devices; this device goes on with its rooms, without an
   * account. Throws `SIGN_IN_FAILED` for a wrong password, `RATE_LIMITED`, `NO_ACCOUNT`.
   */
  deleteAccount(password: string): Promise<void>;
  /** Takes this device off the account's list, where the relay can be reached, and erases what it keeps. */
  signOut(): Promise<void>;
  /** Own devices only read it. Throws `BAD_NAME`, `UNKNOWN_DEVICE`. */
  renameDevice(deviceId: DeviceId, name: string): Promise<void>;
  /** It is let in nowhere any more, and leaves every room that this device is in. Throws `UNKNOWN_DEVICE`. */
  revokeDevice(deviceId: DeviceId): Promise<void>;
}

/** Signing in by a passkey instead of handle and password. Whoever wants none, never needs one. */
export interface PasskeyIntents {
  /**
   * Makes this device one of the account that has this passkey. Throws `SIGN_IN_FAILED` where none has, and as `signIn`.
   */
  signInByPasskey(options: PasskeySignIn): Promise<void>;
  /** The oldest first. Throws `NO_ACCOUNT`. */
  listSignInPasskeys(): Promise<readonly SignInPasskey[]>;
  /** Throws `TOO_MANY_PASSKEYS` beyond ten, `BAD_NAME`, `RATE_LIMITED`, `NO_ACCOUNT`. */
  addSignInPasskey(passkey: NewSignInPasskey): Promise<void>;
  /** Nobody signs in by it any more; who has, stays in. Throws `UNKNOWN_PASSKEY`, `RATE_LIMITED`, `NO_ACCOUNT`. */
  removeSignInPasskey(passkeyId: string): Promise<void>;
}

/** What an engine serves of it; signing out also erases the device, which is its lock's to do. */
export type ServedAccountIntents = Omit<AccountIntents, 'signOut'>;

/** Adding a device by its code, from one that is in. */
export interface LinkIntents {
  /**
   * Shows a code by which a device that is in can add this one; where it stands is in `EngineState.linking`. A code
   * before it is worth nothing any more. `deviceName`: what this one calls itself, for the other to read. Throws
   * `DEVICE_IN_USE`, `RATE_LIMITED`.
   */
  beginLink(deviceName: string): Promise<void>;
  cancelLink(): Promise<void>;
  /** The new device, once its person has seen whose account it gets (`LinkingState` `confirm`). */
  confirmLink(): Promise<void>;
  /**
   * The device that is in: reads the code of a new one, typed or scanned. Throws `BAD_CODE`, `NO_ACCOUNT`,
   * `LINK_EXPIRED`, `LINK_TAMPERED`.
   */
  readLinkCode(code: string): Promise<LinkRequest>;
  /**
   * Adds the device that `readLinkCode` read of last, once both show the same words. Throws `TOO_MANY_DEVICES`,
   * `BAD_NAME`, `LINK_EXPIRED`; `OFFLINE` where it may be asked again.
   */
  approveLink(code: string, deviceName: string): Promise<void>;
  /** Tells the device that `readLinkCode` read of last that it is not added. */
  refuseLink(code: string): Promise<void>;
}

/** What was said before another own device came, given to it from this one. */
export interface HistoryIntents {
  /** What `sendHistory` would give that device now. Throws `UNKNOWN_DEVICE`, `NO_ACCOUNT`. */
  measureHistory(deviceId: DeviceId): Promise<HistorySize>;
  /**
   * Gives it to that device, encrypted, by the relay: whenever both reach it, through restarts of both, until it has
   * all of it. What it has is not given twice. How far it is: `AccountView.history`. Throws as `measureHistory`.
   */
  sendHistory(deviceId: DeviceId): Promise<void>;
  /** Ends what is on its way to that device or from it, and puts away the word that it is done. What came stays. */
  stopHistory(deviceId: DeviceId): Promise<void>;
}

export interface HistorySize {
  readonly conversations: number;
  readonly messages: number;
  readonly sizeBytes: number;
}

/** History on its way between this device and another one of the account. */
export interface HistoryTransfer {
  /** The other device. */
  readonly deviceId: DeviceId;
  readonly way: 'to' | 'from';
  /** Parts that the device that takes has dealt with. */
  readonly done: number;
  /** 0 while it is being counted. */
  readonly total: number;
  /** Parts among them that were damaged or did not fit: nothing of them was taken. */
  readonly refused: number;
  /** `waiting`: for the other device. */
  readonly state: 'going' | 'waiting' | 'done';
  /** It goes on once that is over. `relay-full`: the relay takes no more; `no-space`: this device has no room left. */
  readonly trouble?: 'relay-full' | 'no-space';
}

export interface CreateAccountOptions {
  /** As a person types it; see `Handle.parse`. */
  readonly handle: string;
  /** At least ten characters. */
  readonly password: string;
  /** What people see. */
  readonly name: string;
  /** What own devices call this one, e.g. "Chromium on Linux". */
  readonly deviceName: string;
  /** The code that the operator gave. */
  readonly invitation?: string | undefined;
}

export interface SignInOptions {
  readonly handle: string;
  readonly password: string;
  readonly deviceName: string;
}

export interface PasskeySignIn {
  /** WebAuthn PRF, 32 bytes. Secret; it stays on this device, as all that comes of it but a public key. */
  readonly prfOutput: Uint8Array;
  readonly deviceName: string;
}

/** What the browser gave for a new passkey, and what the person calls it. */
export interface NewSignInPasskey {
  readonly name: string;
  readonly credentialId: Uint8Array;
  /** As in `PasskeySignIn`. */
  readonly prfOutput: Uint8Array;
}

/** A passkey of the account. */
export interface SignInPasskey {
  readonly passkeyId: string;
  /** Empty where it cannot be read, as is what else is missing then. */
  readonly name: string;
  readonly createdAtMs?: number;
  readonly credentialId?: Uint8Array;
}

export interface RecoverOptions {
  readonly handle: string;
  /** Twelve words. */
  readonly code: string;
  readonly newPassword: string;
  readonly deviceName: string;
}

/** A device that wants to be added. */
export interface LinkRequest {
  /** The new device shows the same four. */
  readonly words: readonly string[];
  /** What the new device calls itself. */
  readonly name: string;
}

/** The account of this device, as its relay has it. */
export interface AccountView {
  readonly accountId: AccountId;
  /** Without `@`. */
  readonly handle: string;
  /** In the order of the list; revoked ones behind, as far as this device knows their names. */
  readonly devices: readonly DeviceView[];
  /** Whether somebody was shown a recovery code, as far as this device knows. */
  readonly recoveryCodeMade: boolean;
  /** On its way, or done and not put away. Absent: nothing. */
  readonly history?: readonly HistoryTransfer[];
}

export interface DeviceView {
  readonly deviceId: DeviceId;
  /** Empty where it cannot be read. */
  readonly name: string;
  readonly createdAtMs: number;
  /** Noon, by UTC, of the day on which the device said last that it was used. */
  readonly lastUsedMs?: number;
  readonly self: boolean;
  readonly state: 'active' | 'revoked';
}

/** Who may make an account at this relay. */
export type Registration = 'open' | 'invitation' | 'closed';

/** A device on its way in by a code. */
export type LinkingState =
  /** To be shown until `expiresAtMs`. */
  | {
      readonly step: 'waiting';
      /** For a QR code. */
      readonly code: string;
      /** For a person to type: four groups of four. */
      readonly typed: string;
      readonly words: readonly string[];
      readonly expiresAtMs: number;
    }
  /** An old device has answered: whose account it is. */
  | { readonly step: 'confirm'; readonly handle: string }
  | {
      readonly step: 'failed';
      /** `wrong-answer`: somebody stands between; `lost`: the relay has forgotten the code, as after a restart. */
      readonly reason: 'expired' | 'wrong-answer' | 'refused' | 'lost';
    };
