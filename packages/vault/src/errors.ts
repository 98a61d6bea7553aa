/** What can go wrong with the store. */
export type VaultErrorCode =
  /** The browser or disk has no more room; nothing was written. */
  | 'QUOTA_EXCEEDED'
  | 'STORAGE_FAILED'
  /** The browser gives this page no storage: a private window of some browsers, or site data is blocked. */
  | 'STORAGE_UNAVAILABLE'
  /** It was there, and the browser or the person took it away: cleared, evicted, or destroyed by another page. */
  | 'STORAGE_LOST'
  /** There are records, and nothing beside them that could open them: no lock, no epoch key. */
  | 'KEYS_LOST'
  | 'CLOSED'
  /** A record does not open with this key, or was moved or altered. */
  | 'RECORD_DAMAGED'
  /** Written by a newer version. */
  | 'UNSUPPORTED_FORMAT'
  | 'WRONG_KEY'
  /** Another tab or program holds it; trying again helps once that one is gone. */
  | 'IN_USE'
  /** A new passphrase has fewer than eight characters. */
  | 'WEAK_PASSPHRASE'
  /** A recovery code that cannot have been given out: a typing slip, told before any key work. */
  | 'MISTYPED_CODE'
  /** The device gave too little memory for argon2id; trying again may help. */
  | 'NO_MEMORY'
  /** There is no lock of that kind or id. */
  | 'NO_SUCH_LOCK'
  /** There is one already: of this kind, or at all where a new ring begins. */
  | 'LOCK_EXISTS'
  /** As many locks as a ring can have. */
  | 'TOO_MANY_LOCKS'
  /** The only way in is not taken away. */
  | 'LAST_LOCK'
  /** The browser, the authenticator or the address cannot make keys from passkeys (WebAuthn PRF). */
  | 'PASSKEY_UNSUPPORTED'
  /** The person or the authenticator said no, or did not answer in time. */
  | 'PASSKEY_REFUSED'
  /** Not an archive: another kind of file, an empty one, or an encrypted one with something else in it. */
  | 'ARCHIVE_FOREIGN'
  | 'ARCHIVE_WRONG_PASSPHRASE'
  /** Altered somewhere, or its end is missing. */
  | 'ARCHIVE_DAMAGED'
  /** Made by a newer version. */
  | 'ARCHIVE_TOO_NEW'
  /** Somebody cancelled what was under way. */
  | 'CANCELLED';

/** Every failure of this package. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  constructor(
    readonly code: VaultErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
