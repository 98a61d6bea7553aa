import { asciiBytes, concatBytes, uint16Bytes } from './bytes.ts';
import { type HpkeLabelScope, labeledExpand, labeledExtract } from './hpkeLabels.ts';
import { type KemKeyPair, kemDecap, kemDeriveKeyPair, kemEncap } from './kem.ts';
import type { Provider } from './provider.ts';
import type { Random } from './random.ts';
import type { CipherSuite } from './suites.ts';

const EMPTY = new Uint8Array(0);
const HPKE = asciiBytes('HPKE');
const MODE_BASE = Uint8Array.of(0);

/** The secrets of an HPKE context (RFC 9180 §5.1); MLS seals one message per context, so there is no counter. */
export interface HpkeContext {
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
  readonly exporterSecret: Uint8Array;
}

/** `DeriveKeyPair` of the suite's KEM (RFC 9180 §7.1.3). */
export function hpkeDeriveKeyPair(provider: Provider, suite: CipherSuite, ikm: Uint8Array): KemKeyPair {
  return kemDeriveKeyPair(provider, suite, ikm);
}

/** `KeySchedule` in base mode: no PSK, no sender key (RFC 9180 §5.1). */
export function hpkeKeySchedule(
  provider: Provider,
  suite: CipherSuite,
  sharedSecret: Uint8Array,
  info: Uint8Array,
): HpkeContext {
  const scope = labelScope(provider, suite);
  const pskIdHash = labeledExtract(scope, EMPTY, 'psk_id_hash', EMPTY);
  const infoHash = labeledExtract(scope, EMPTY, 'info_hash', info);
  const context = concatBytes(MODE_BASE, pskIdHash, infoHash);
  const secret = labeledExtract(scope, sharedSecret, 'secret', EMPTY);
  return {
    key: labeledExpand(scope, secret, 'key', context, suite.aeadKeyBytes),
    baseNonce: labeledExpand(scope, secret, 'base_nonce', context, suite.aeadNonceBytes),
    exporterSecret: labeledExpand(scope, secret, 'exp', context, suite.hashBytes),
  };
}

/**
 * `SealBase` (RFC 9180 §6.1): encrypts one message to a public key.
 * @throws {MlsError} `CRYPTO_INPUT` for a malformed or low-order public key
 */
export function hpkeSeal(
  provider: Provider,
  suite: CipherSuite,
  random: Random,
  publicKey: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): { kemOutput: Uint8Array; ciphertext: Uint8Array } {
  const { ciphertext: kemOutput, sharedSecret } = kemEncap(provider, suite, random, publicKey);
  const { key, baseNonce } = hpkeKeySchedule(provider, suite, sharedSecret, info);
  return { kemOutput, ciphertext: provider.aeadSeal(suite.aead, key, baseNonce, aad, plaintext) };
}

/**
 * `OpenBase` (RFC 9180 §6.1): the plaintext, or `undefined` when key, info, aad and ciphertext do not belong together.
 * @throws {MlsError} `CRYPTO_INPUT` for a private key or `kemOutput` of the wrong length, or a low-order point
 */
export function hpkeOpen(
  provider: Provider,
  suite: CipherSuite,
  privateKey: Uint8Array,
  kemOutput: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array | undefined {
  const sharedSecret = kemDecap(provider, suite, privateKey, kemOutput);
  const { key, baseNonce } = hpkeKeySchedule(provider, suite, sharedSecret, info);
  return provider.aeadOpen(suite.aead, key, baseNonce, aad, ciphertext);
}

/**
 * `SendExportBase` (RFC 9180 §6.2): a secret shared with the owner of the public key, without a message.
 * @throws {MlsError} `CRYPTO_INPUT` for a malformed or low-order public key, or a length over 255 hash lengths
 */
export function hpkeSetupExportSender(
  provider: Provider,
  suite: CipherSuite,
  random: Random,
  publicKey: Uint8Array,
  info: Uint8Array,
  exporterContext: Uint8Array,
  lengthBytes: number,
): { kemOutput: Uint8Array; secret: Uint8Array } {
  const { ciphertext: kemOutput, sharedSecret } = kemEncap(provider, suite, random, publicKey);
  const { exporterSecret } = hpkeKeySchedule(provider, suite, sharedSecret, info);
  return { kemOutput, secret: hpkeExport(provider, suite, exporterSecret, exporterContext, lengthBytes) };
}

/**
 * `ReceiveExportBase` (RFC 9180 §6.2): the receiver's side of `hpkeSetupExportSender`.
 * @throws {MlsError} `CRYPTO_INPUT` for wrong lengths or a low-order point
 */
export function hpkeSetupExportReceiver(
  provider: Provider,
  suite: CipherSuite,
  privateKey: Uint8Array,
  kemOutput: Uint8Array,
  info: Uint8Array,
  exporterContext: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  const sharedSecret = kemDecap(provider, suite, privateKey, kemOutput);
  const { exporterSecret } = hpkeKeySchedule(provider, suite, sharedSecret, info);
  return hpkeExport(provider, suite, exporterSecret, exporterContext, lengthBytes);
}

/** `Context.Export` (RFC 9180 §5.3). */
export function hpkeExport(
  provider: Provider,
  suite: CipherSuite,
  exporterSecret: Uint8Array,
  exporterContext: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  return labeledExpand(labelScope(provider, suite), exporterSecret, 'sec', exporterContext, lengthBytes);
}

function labelScope(provider: Provider, suite: CipherSuite): HpkeLabelScope {
  const suiteId = concatBytes(
    HPKE,
    uint16Bytes(suite.kemId),
    uint16Bytes(suite.kdfId),
    uint16Bytes(suite.aeadId),
  );
  return { provider, hash: suite.kdfHash, suiteId };
}
