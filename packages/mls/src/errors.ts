/** Everything the engine refuses, one code each; nothing has been changed when it is thrown. */
export type MlsErrorCode =
  /** Bytes that are not what they should be: truncated, trailing, over a cap, unknown where it matters. */
  | 'MALFORMED'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_VERSION'
  | 'UNSUPPORTED_SUITE'
  /** A primitive refused its input: wrong length, low-order point, non-canonical key. */
  | 'CRYPTO_INPUT';

/** Thrown by every function of this package. */
export class MlsError extends Error {
  override readonly name = 'MlsError';
  constructor(
    readonly code: MlsErrorCode,
    message: string,
    /** What a caller may need to react: numbers and names, never secrets. */
    readonly facts: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
  }
}
