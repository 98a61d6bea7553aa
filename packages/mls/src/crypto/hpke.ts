import type { KemKeyPair } from './kem.ts';
import type { Provider } from './provider.ts';
import type { Random } from './random.ts';
import type { CipherSuite } from './suites.ts';

export function hpkeDeriveKeyPair(_provider: Provider, _suite: CipherSuite, _ikm: Uint8Array): KemKeyPair {
  throw new Error('not yet');
}
export function hpkeSeal(
  _provider: Provider,
  _suite: CipherSuite,
  _random: Random,
  _publicKey: Uint8Array,
  _info: Uint8Array,
  _aad: Uint8Array,
  _plaintext: Uint8Array,
): { kemOutput: Uint8Array; ciphertext: Uint8Array } {
  throw new Error('not yet');
}
export function hpkeOpen(
  _provider: Provider,
  _suite: CipherSuite,
  _privateKey: Uint8Array,
  _kemOutput: Uint8Array,
  _info: Uint8Array,
  _aad: Uint8Array,
  _ciphertext: Uint8Array,
): Uint8Array | undefined {
  throw new Error('not yet');
}
export function hpkeSetupExportSender(
  _provider: Provider,
  _suite: CipherSuite,
  _random: Random,
  _publicKey: Uint8Array,
  _info: Uint8Array,
  _exporterContext: Uint8Array,
  _lengthBytes: number,
): { kemOutput: Uint8Array; secret: Uint8Array } {
  throw new Error('not yet');
}
export function hpkeSetupExportReceiver(
  _provider: Provider,
  _suite: CipherSuite,
  _privateKey: Uint8Array,
  _kemOutput: Uint8Array,
  _info: Uint8Array,
  _exporterContext: Uint8Array,
  _lengthBytes: number,
): Uint8Array {
  throw new Error('not yet');
}
