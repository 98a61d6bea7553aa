import type { KemSecret, Provider } from './provider.ts';
import type { Random } from './random.ts';
import type { CipherSuite } from './suites.ts';

/** A KEM key pair in the serialized form of the suite. */
export interface KemKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

export function kemDeriveKeyPair(_provider: Provider, _suite: CipherSuite, _ikm: Uint8Array): KemKeyPair {
  throw new Error('not yet');
}
export function kemEncap(_provider: Provider, _suite: CipherSuite, _random: Random, _publicKey: Uint8Array): KemSecret {
  throw new Error('not yet');
}
export function kemDecap(
  _provider: Provider,
  _suite: CipherSuite,
  _privateKey: Uint8Array,
  _kemOutput: Uint8Array,
): Uint8Array {
  throw new Error('not yet');
}
