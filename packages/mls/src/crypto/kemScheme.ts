import type { KemSecret, Provider } from './provider.ts';
import type { Random } from './random.ts';

/** A KEM key pair in the serialized form of the suite. */
export interface KemKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** A KEM as RFC 9180 §4 wants it; keys and outputs in serialized form. */
export interface Kem {
  readonly privateKeyBytes: number;
  readonly publicKeyBytes: number;
  readonly kemOutputBytes: number;
  deriveKeyPair(provider: Provider, ikm: Uint8Array): KemKeyPair;
  publicKey(provider: Provider, privateKey: Uint8Array): Uint8Array;
  encap(provider: Provider, random: Random, publicKey: Uint8Array): KemSecret;
  decap(provider: Provider, privateKey: Uint8Array, kemOutput: Uint8Array): Uint8Array;
}
