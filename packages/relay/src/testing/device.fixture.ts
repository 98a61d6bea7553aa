import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  type AccountKind,
  type Authenticate,
  type DeviceId,
  deviceCertificateInput,
  encodeDeviceCertificate,
  encodeSignedDeviceCertificate,
  type InviteToken,
  LIMITS,
  type StreamId,
  sessionProofInput,
} from '@sotto/protocol';
import { deviceIdOf, inboxIdOf } from '../identity.ts';

export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

export function keyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return { publicKey: new Uint8Array(spki.subarray(-32)), privateKey };
}

export const signature = (key: KeyPair, message: Uint8Array): Uint8Array =>
  new Uint8Array(sign(null, message, key.privateKey));

export interface CertificateChange {
  readonly createdAtMs?: number;
  readonly expiresAtMs?: number;
  readonly accountKind?: AccountKind;
  /** Who signs instead of the account. */
  readonly signer?: KeyPair;
}

/** A device with real keys, for tests. */
export class TestDevice {
  readonly key = keyPair();
  readonly deviceId: DeviceId = deviceIdOf(this.key.publicKey);
  readonly inboxId: StreamId = inboxIdOf(this.deviceId);

  /** Of an account of its own, if of no other. */
  constructor(readonly account: KeyPair = keyPair()) {}

  certificate(change: CertificateChange = {}): Uint8Array {
    const certificate = encodeDeviceCertificate({
      accountKey: this.account.publicKey,
      deviceKey: this.key.publicKey,
      createdAtMs: change.createdAtMs ?? 1_700_000_000_000,
      expiresAtMs: change.expiresAtMs ?? 4_000_000_000_000,
      accountKind: change.accountKind ?? 'member',
    });
    const signed = signature(change.signer ?? this.account, deviceCertificateInput(certificate));
    return encodeSignedDeviceCertificate({ certificate, signature: signed });
  }

  proof(nonce: Uint8Array, origin: string, inviteToken?: InviteToken): Authenticate {
    return {
      protocolVersion: LIMITS.protocolVersion,
      deviceCertificate: this.certificate(),
      origin,
      signature: signature(this.key, sessionProofInput(origin, nonce)),
      inviteToken,
    };
  }
}
