/**
 * Sizes of OPAQUE's messages (RFC 9807 §4 and §6, OPRF and key exchange over ristretto255, SHA-512). Each has one
 * size, whether the account exists or not.
 */
export const OPAQUE_BYTES = {
  registrationRequest: 32,
  registrationResponse: 64,
  registrationRecord: 192,
  /** KE1. */
  startLoginRequest: 96,
  /** KE2. */
  loginResponse: 320,
  /** KE3. */
  finishLoginRequest: 64,
} as const;
