/** Everything this package refuses, one code each; nothing has been changed when it is thrown. */
export type CoreErrorCode =
  /** Text that is not an invite link; facts: `reason` (a `BadLinkReason`). */
  | 'BAD_LINK'
  /** A name or title that is empty or too long once cleaned; facts: `reason`, `limitBytes`. */
  | 'BAD_NAME'
  /** A certificate that proves nothing; facts: `reason` (a `BadCertificateReason`). */
  | 'BAD_CERTIFICATE'
  /** A device list that proves nothing, or not what was asked; facts: `reason` (a `BadDeviceListReason`). */
  | 'BAD_DEVICE_LIST'
  /** The account has as many devices as it can; facts: `limit`. */
  | 'TOO_MANY_DEVICES'
  /** A recovery code or a code to add a device that was mistyped; facts: `reason` (a `BadCodeReason`), `place` (a word's, from 1). */
  | 'BAD_CODE'
  /** What the new device shows of itself is not what its code says: somebody put another in its place. */
  | 'SWAPPED_KEY'
  /** It took longer than it may; begin again. */
  | 'EXPIRED'
  /** Published RSA keys that prove nothing, or not what was asked; facts: `reason` (a `BadSealedKeysReason`). */
  | 'BAD_SEALED_KEYS'
  /** A sealed message that is not taken; facts: `reason` (a `BadSealedReason`). */
  | 'BAD_SEALED_MESSAGE'
  /** A record that one's own account did not sign. */
  | 'BAD_TRUST_RECORD'
  /** What was said does not go with what the contact's state is. */
  | 'WRONG_STATE'
  /** A sealed card, request or answer that does not open with the keys of this link. */
  | 'CANNOT_OPEN'
  /** Opened or stored bytes that do not decode. */
  | 'MALFORMED'
  /** A version, suite or kind that this build does not know. */
  | 'UNSUPPORTED'
  /** The join request was made with another password (or none); only the host's device can tell. */
  | 'WRONG_PASSWORD'
  /** The link asks for a password and none was given. */
  | 'PASSWORD_NEEDED'
  /** The key package in a join request cannot be used; facts: `reason`. */
  | 'BAD_KEY_PACKAGE'
  /** The Welcome does not come from who made the link; facts: `reason` (an `ImpostorReason`). */
  | 'IMPOSTOR'
  /** The roles of the room do not allow it; facts: `rule` (a `RuleName`). */
  | 'NOT_ALLOWED'
  /** Content over a limit; facts: `limitBytes`. */
  | 'TOO_LARGE'
  /** There is a commit of one's own under way; wait for it, or abandon it. */
  | 'COMMIT_PENDING'
  /** A device that is not (or already is) in the room; facts: `deviceId`. */
  | 'UNKNOWN_MEMBER'
  | 'ALREADY_MEMBER'
  /** More devices than a room holds, or than a Welcome can tell of; facts: `limit` or `limitBytes`. */
  | 'ROOM_FULL'
  /** This device was removed from the room: its state ends here. */
  | 'REMOVED'
  /** Stored records that do not make up a conversation or an identity. */
  | 'BAD_STATE';

export type CoreErrorFacts = Readonly<Record<string, string | number>>;

/** Thrown by every function of this package. */
export class CoreError extends Error {
  override readonly name = 'CoreError';
  constructor(
    readonly code: CoreErrorCode,
    message: string,
    /** Numbers and names that help to react; never secrets, never content. */
    readonly facts: CoreErrorFacts = {},
  ) {
    super(message);
  }
}
