import {
  type Authenticate,
  decodeDeviceCertificate,
  decodeSignedDeviceCertificate,
  deviceCertificateInput,
  ProtocolError,
  sessionProofInput,
} from '@sotto/protocol';
import type { AccountDevice } from '../directory.ts';
import { signedBy } from '../ed25519.ts';
import { accountIdOf, deviceIdOf } from '../identity.ts';

/** What a proof has to fit. */
export interface Challenge {
  readonly nonce: Uint8Array;
  /** By which this relay is reached where the connection came in. */
  readonly origins: readonly string[];
  readonly nowMs: number;
}

/** Who proved itself, and where it connected to. */
export interface ProvenDevice extends AccountDevice {
  /** Ed25519, 32 bytes: it signed the device's certificate. */
  readonly accountKey: Uint8Array;
  readonly origin: string;
}

/**
 * The device that proved itself, or `undefined`, whatever the reason: the certificate is by the account key and
 * not expired, the proof by the device key, over this connection's nonce and an origin of this relay.
 */
export function verifyProof(
  proof: Authenticate,
  { nonce, origins, nowMs }: Challenge,
): ProvenDevice | undefined {
  try {
    const { certificate, signature } = decodeSignedDeviceCertificate(proof.deviceCertificate);
    const { accountKey, deviceKey, expiresAtMs } = decodeDeviceCertificate(certificate);
    if (!origins.includes(proof.origin) || nowMs >= expiresAtMs) return undefined;
    if (!signedBy(accountKey, deviceCertificateInput(certificate), signature)) return undefined;
    if (!signedBy(deviceKey, sessionProofInput(proof.origin, nonce), proof.signature)) return undefined;
    const { origin } = proof;
    return { accountId: accountIdOf(accountKey), deviceId: deviceIdOf(deviceKey), accountKey, origin };
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
