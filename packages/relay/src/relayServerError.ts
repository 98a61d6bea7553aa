export type RelayServerErrorCode =
  /** Something else listens on `port`. */
  | 'PORT_TAKEN'
  /** The system does not let this user listen on `port`. */
  | 'PORT_FORBIDDEN'
  /** Another relay runs on this data directory. */
  | 'DATA_DIRECTORY_IN_USE'
  /** It cannot be read or written, or a later version of Sotto wrote it. */
  | 'DATA_DIRECTORY_UNUSABLE'
  /** The web client is not built. */
  | 'WEB_CLIENT_MISSING';

/** Why a relay could not start. `message` is a sentence for the person who started it. */
export class RelayServerError extends Error {
  override readonly name = 'RelayServerError';
  constructor(
    readonly code: RelayServerErrorCode,
    message: string,
    /** With `PORT_…`: which one. */
    readonly port?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
