import { MlsError } from '../errors.ts';
import type { AeadName, HashName } from './provider.ts';

/*
 * What every provider refuses before it calls its library, in one place, so that two providers never differ in what
 * they take: a message that one member opens and another refuses would split a group.
 */

/** Output lengths of the hash functions. */
export const HASH_BYTES: Readonly<Record<HashName, number>> = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 };

const AEAD_KEY_BYTES: Readonly<Record<AeadName, number>> = {
  'AES-128-GCM': 16,
  'AES-256-GCM': 32,
  'ChaCha20-Poly1305': 32,
};

/** Length of the nonce of every AEAD here. */
export const AEAD_NONCE_BYTES = 12;
/** Length of the tag of every AEAD here. */
export const AEAD_TAG_BYTES = 16;
/** Length of X25519 and Ed25519 keys, private and public. */
export const CURVE_KEY_BYTES = 32;
/** Length of an Ed25519 signature. */
export const ED25519_SIGNATURE_BYTES = 64;
/** FIPS 203 lengths of ML-KEM-768. */
export const MLKEM768_BYTES = {
  seed: 64,
  coins: 32,
  publicKey: 1184,
  ciphertext: 1088,
  sharedSecret: 32,
} as const;

/** More output than this of an extendable function is a mistake in the caller. */
const XOF_MAX_BYTES = 65_535;

/** The error for a malformed input of a primitive; `what` names it, the bytes stay out of it. */
export function cryptoInputError(what: string, facts: Readonly<Record<string, number>> = {}): MlsError {
  return new MlsError('CRYPTO_INPUT', `malformed input of a primitive: ${what}`, { what, ...facts });
}

/** @throws {MlsError} `CRYPTO_INPUT` when `bytes` is not exactly that long. */
export function requireLength(bytes: Uint8Array, sizeBytes: number, what: string): void {
  if (bytes.length !== sizeBytes) {
    throw cryptoInputError(what, { sizeBytes: bytes.length, expectedBytes: sizeBytes });
  }
}

/** @throws {MlsError} `CRYPTO_INPUT` when key or nonce do not have the length of the AEAD. */
export function requireAeadKeyAndNonce(aead: AeadName, key: Uint8Array, nonce: Uint8Array): void {
  requireLength(key, AEAD_KEY_BYTES[aead], 'AEAD key');
  requireLength(nonce, AEAD_NONCE_BYTES, 'AEAD nonce');
}

/** @throws {MlsError} `CRYPTO_INPUT` for a key shorter, or output longer, than RFC 5869 §2.3 has them. */
export function requireHkdfExpandInput(name: HashName, prk: Uint8Array, lengthBytes: number): void {
  if (prk.length < HASH_BYTES[name]) {
    throw cryptoInputError('HKDF pseudorandom key', { sizeBytes: prk.length, minBytes: HASH_BYTES[name] });
  }
  requireOutputLength(lengthBytes, 255 * HASH_BYTES[name], 'HKDF output length');
}

/** @throws {MlsError} `CRYPTO_INPUT` for what is not a length from 0 to 65,535. */
export function requireXofLength(lengthBytes: number): void {
  requireOutputLength(lengthBytes, XOF_MAX_BYTES, 'SHAKE256 output length');
}

function requireOutputLength(lengthBytes: number, maxBytes: number, what: string): void {
  if (!Number.isInteger(lengthBytes) || lengthBytes < 0 || lengthBytes > maxBytes) {
    throw cryptoInputError(what, { lengthBytes, maxBytes });
  }
}
