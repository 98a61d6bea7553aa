import { dhkemX25519 } from './dhkemX25519.ts';
import type { Kem, KemKeyPair } from './kemScheme.ts';
import type { KemSecret, Provider } from './provider.ts';
import type { Random } from './random.ts';
import type { CipherSuite } from './suites.ts';
import { xWing } from './xWing.ts';

export type { KemKeyPair } from './kemScheme.ts';

const KEMS: Readonly<Record<CipherSuite['kem'], Kem>> = { X25519: dhkemX25519, 'X-Wing': xWing };

/** The KEM of the suite, with its sizes. */
export function kemOf(suite: CipherSuite): Kem {
  return KEMS[suite.kem];
}

/** `DeriveKeyPair` of the suite's KEM (RFC 9180 §7.1.3, draft-ietf-hpke-pq §4): the same pair for the same `ikm`. */
export function kemDeriveKeyPair(provider: Provider, suite: CipherSuite, ikm: Uint8Array): KemKeyPair {
  return kemOf(suite).deriveKeyPair(provider, ikm);
}

/** The public key that belongs to a serialized private key. */
export function kemPublicKey(provider: Provider, suite: CipherSuite, privateKey: Uint8Array): Uint8Array {
  return kemOf(suite).publicKey(provider, privateKey);
}

/**
 * A fresh 32-byte shared secret for the owner of `publicKey`, and what to send so that they get it too.
 * @throws {MlsError} `CRYPTO_INPUT` for a malformed or low-order public key
 */
export function kemEncap(
  provider: Provider,
  suite: CipherSuite,
  random: Random,
  publicKey: Uint8Array,
): KemSecret {
  return kemOf(suite).encap(provider, random, publicKey);
}

/**
 * The 32-byte shared secret of `kemOutput`. A `kemOutput` made for another key gives another secret, not an error.
 * @throws {MlsError} `CRYPTO_INPUT` for wrong lengths or a low-order point
 */
export function kemDecap(
  provider: Provider,
  suite: CipherSuite,
  privateKey: Uint8Array,
  kemOutput: Uint8Array,
): Uint8Array {
  return kemOf(suite).decap(provider, privateKey, kemOutput);
}
