import { ProtocolError } from './errors.ts';
import { LIMITS } from './limits.ts';
import { type Enumeration, enumeration, exactBytes, someBytes, uint64 } from './wire/field.ts';
import { decode, encode, message, versionedMessage } from './wire/message.ts';

/** A certificate as it travels, and as the MLS credential carries it. Nothing is verified by decoding. */
export interface SignedDeviceCertificate {
  /** An encoded `DeviceCertificate`: exactly the bytes that were signed. */
  readonly certificate: Uint8Array;
  /** Ed25519 by the account key over `deviceCertificateInput(certificate)`; 64 bytes. */
  readonly signature: Uint8Array;
}

/** `guest`: made by someone who came by a link; the guest mark on screens comes from here. */
export type AccountKind = 'member' | 'guest';

export const ACCOUNT_KINDS: Enumeration<AccountKind> = [undefined, 'member', 'guest'];

/** Binds a device's key to an account's. */
export interface DeviceCertificate {
  /** Ed25519, 32 bytes; the AccountId is its hash. */
  readonly accountKey: Uint8Array;
  /** Ed25519, 32 bytes: the MLS leaf signature key; the DeviceId is its hash. */
  readonly deviceKey: Uint8Array;
  readonly createdAtMs: number;
  /** After `createdAtMs`. */
  readonly expiresAtMs: number;
  readonly accountKind: AccountKind;
}

export const signedDeviceCertificateCodec = message<SignedDeviceCertificate>({
  certificate: someBytes(1, LIMITS.certificateBytes),
  signature: exactBytes(2, 64),
});

export const deviceCertificateCodec = versionedMessage<DeviceCertificate>({
  accountKey: exactBytes(2, 32),
  deviceKey: exactBytes(3, 32),
  createdAtMs: uint64(4),
  expiresAtMs: uint64(5),
  accountKind: enumeration(6, ACCOUNT_KINDS),
});

export function encodeSignedDeviceCertificate(signed: SignedDeviceCertificate): Uint8Array {
  return encode(signedDeviceCertificateCodec, signed, LIMITS.certificateBytes);
}

/** Parses a certificate with its signature, which the caller verifies; throws `ProtocolError`. */
export function decodeSignedDeviceCertificate(bytes: Uint8Array): SignedDeviceCertificate {
  return decode(signedDeviceCertificateCodec, bytes, LIMITS.certificateBytes);
}

export function encodeDeviceCertificate(certificate: DeviceCertificate): Uint8Array {
  return encode(deviceCertificateCodec, inOrder(certificate), LIMITS.certificateBytes);
}

/** Parses what was signed; throws `ProtocolError`, `UNSUPPORTED` for another version or account kind. */
export function decodeDeviceCertificate(bytes: Uint8Array): DeviceCertificate {
  return inOrder(decode(deviceCertificateCodec, bytes, LIMITS.certificateBytes));
}

function inOrder(certificate: DeviceCertificate): DeviceCertificate {
  if (certificate.createdAtMs < certificate.expiresAtMs) return certificate;
  throw new ProtocolError('MALFORMED', 'a certificate expires after it was made');
}
