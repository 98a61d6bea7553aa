import {
  type AccountId,
  type AccountKind,
  type DeviceId,
  decodeDeviceCertificate,
  decodeSignedDeviceCertificate,
  encodeDeviceCertificate,
  encodeSignedDeviceCertificate,
  ProtocolError,
} from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import { CoreError } from '../errors.ts';
import { LABELS, signLabelled, verifyLabelled } from '../labels.ts';
import { accountIdOf, deviceIdOf } from './ids.ts';

/** Why a certificate proves nothing. */
export type BadCertificateReason =
  | 'malformed'
  | 'unsupported'
  /** The account key did not sign it. */
  | 'bad-signature'
  | 'expired'
  /** Made more than a day ahead of this device's clock. */
  | 'not-yet-valid';

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
const CERTIFICATE_LIFETIME_MS = 5 * 365 * 24 * 3_600_000;
/** How far ahead another device's clock may be. */
const CLOCK_SKEW_MS = 24 * 3_600_000;

/** An encoded `SignedDeviceCertificate` for a device of an account, good from now. */
export function issueCertificate(
  env: Pick<CoreEnv, 'provider' | 'nowMs'>,
  account: { readonly privateKey: Uint8Array; readonly publicKey: Uint8Array; readonly kind: AccountKind },
  deviceKey: Uint8Array,
): Uint8Array {
  const createdAtMs = env.nowMs();
  const certificate = encodeDeviceCertificate({
    accountKey: account.publicKey,
    deviceKey,
    createdAtMs,
    expiresAtMs: createdAtMs + CERTIFICATE_LIFETIME_MS,
    accountKind: account.kind,
  });
  return encodeSignedDeviceCertificate({
    certificate,
    signature: signLabelled(env.provider, account.privateKey, LABELS.deviceCertificate, certificate),
  });
}

/**
 * Checks an encoded `SignedDeviceCertificate` (at most 1024 bytes), the content of an MLS basic credential.
 * Throws `BAD_CERTIFICATE` with `reason`.
 */
export function verifyCertificate(
  env: Pick<CoreEnv, 'provider' | 'nowMs'>,
  certificate: Uint8Array,
): VerifiedCertificate {
  const parsed = parseCertificate(env, certificate);
  const { accountKey, createdAtMs, expiresAtMs } = parsed.verified;
  if (
    !verifyLabelled(env.provider, accountKey, LABELS.deviceCertificate, parsed.signedBytes, parsed.signature)
  ) {
    throw refuse('bad-signature');
  }
  const nowMs = env.nowMs();
  if (expiresAtMs <= nowMs) throw refuse('expired', { expiresAtMs });
  if (createdAtMs > nowMs + CLOCK_SKEW_MS) throw refuse('not-yet-valid', { createdAtMs });
  return parsed.verified;
}

/** What the certificates of a group say, by their bytes as the group holds them: it has the same ones in each epoch. */
const KNOWN = new WeakMap<Uint8Array, VerifiedCertificate>();

/** A certificate that this device verified before it stored it: decoded again, not verified again. */
export function trustedCertificate(
  env: Pick<CoreEnv, 'provider'>,
  certificate: Uint8Array,
): VerifiedCertificate {
  const known = KNOWN.get(certificate);
  if (known !== undefined) return known;
  const { verified } = parseCertificate(env, certificate);
  KNOWN.set(certificate, verified);
  return verified;
}

function parseCertificate(env: Pick<CoreEnv, 'provider'>, bytes: Uint8Array) {
  try {
    const { certificate, signature } = decodeSignedDeviceCertificate(bytes);
    const { accountKey, deviceKey, accountKind, createdAtMs, expiresAtMs } =
      decodeDeviceCertificate(certificate);
    const verified: VerifiedCertificate = {
      accountId: accountIdOf(env, accountKey),
      deviceId: deviceIdOf(env, deviceKey),
      accountKey,
      deviceKey,
      kind: accountKind,
      createdAtMs,
      expiresAtMs,
    };
    return { verified, signedBytes: certificate, signature };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw refuse(error.code === 'UNSUPPORTED' ? 'unsupported' : 'malformed');
  }
}

function refuse(reason: BadCertificateReason, facts: Readonly<Record<string, number>> = {}): CoreError {
  return new CoreError('BAD_CERTIFICATE', `device certificate: ${reason}`, { reason, ...facts });
}
