/** What can go wrong with the store. */
export type VaultErrorCode =
  /** The browser or disk has no more room; nothing was written. */
  | 'QUOTA_EXCEEDED'
  | 'STORAGE_FAILED'
  | 'CLOSED'
  /** A record does not open with this key, or was moved or altered. */
  | 'RECORD_DAMAGED'
  /** Written by a newer version. */
  | 'UNSUPPORTED_FORMAT'
  | 'WRONG_KEY';

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
