import type { AccountId, AccountKind, DeviceId } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';

/** Why a certificate proves nothing. */
export type BadCertificateReason =
  | 'malformed'
  | 'unsupported'
  /** The account key did not sign it. */
  | 'bad-signature'
  | 'expired'
  /** Made more than a day ahead of this device's clock. */
  | 'not-yet-valid'
  | 'key-mismatch';

/** A device certificate whose signature, dates and ids have been checked. */
export interface VerifiedCertificate {
  readonly accountId: AccountId;
  readonly deviceId: DeviceId;
  /** Ed25519, 32 bytes each. */
  readonly accountKey: Uint8Array;
  readonly deviceKey: Uint8Array;
  readonly kind: AccountKind;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Five years: the account key is on the same device, so an early end would protect nobody and lock rooms. */
export const CERTIFICATE_LIFETIME_MS = 5 * 365 * 24 * 3_600_000;
/** How far ahead another device's clock may be. */
export const CLOCK_SKEW_MS = 24 * 3_600_000;

/**
 * Checks an encoded `SignedDeviceCertificate` (at most 1024 bytes), the content of an MLS basic credential.
 * Throws `BAD_CERTIFICATE` with `reason`.
 */
export function verifyCertificate(
  _env: Pick<CoreEnv, 'provider' | 'nowMs'>,
  _certificate: Uint8Array,
): VerifiedCertificate {
  throw new Error('not built yet');
}
