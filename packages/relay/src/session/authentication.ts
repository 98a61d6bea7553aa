import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import {
  type Authenticate,
  type DeviceId,
  decodeDeviceCertificate,
  decodeSignedDeviceCertificate,
  deviceCertificateInput,
  ProtocolError,
  sessionProofInput,
} from '@sotto/protocol';
import { deviceIdOf } from '../identity.ts';

/** SubjectPublicKeyInfo of an Ed25519 key up to the 32 bytes of the key (RFC 8410 §4). */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

function ed25519Key(publicKey: Uint8Array): KeyObject {
  const der = Buffer.concat([SPKI_PREFIX, publicKey]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

function signedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, message, ed25519Key(publicKey), signature);
}

/** What a proof has to fit. */
export interface Challenge {
  readonly nonce: Uint8Array;
  /** By which this relay is reached where the connection came in. */
  readonly origins: readonly string[];
  readonly nowMs: number;
}

/**
 * The device that proved itself, or `undefined`, whatever the reason: the certificate is by the account key and
 * not expired, the proof by the device key, over this connection's nonce and an origin of this relay.
 */
export function verifyProof(proof: Authenticate, { nonce, origins, nowMs }: Challenge): DeviceId | undefined {
  try {
    const { certificate, signature } = decodeSignedDeviceCertificate(proof.deviceCertificate);
    const { accountKey, deviceKey, expiresAtMs } = decodeDeviceCertificate(certificate);
    if (!origins.includes(proof.origin) || nowMs >= expiresAtMs) return undefined;
    if (!signedBy(accountKey, deviceCertificateInput(certificate), signature)) return undefined;
    if (!signedBy(deviceKey, sessionProofInput(proof.origin, nonce), proof.signature)) return undefined;
    return deviceIdOf(deviceKey);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
